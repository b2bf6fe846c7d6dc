package dev.sandbar.device.store;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The newest lines of the files in the {@code logs} directory of an app. They are the app's own: it
 * may have any number of any size there, and links to the files of others, which are not followed.
 */
public final class LogFiles {

  private static final int MOST_NAMES = 1000;
  private static final int MOST_FILES = 3;
  private static final int MOST_BYTES = 64 << 10;

  /** So much of a file that an earlier start wrote to as well is taken to be of this one. */
  private static final int NEWEST = 1024;

  private final List<Path> folders;

  /**
   * Those of an app.
   *
   * @param root of the device's file system
   */
  public LogFiles(Path root, AppName app) {
    String name = AppDirectory.nameOf(app);
    this.folders =
        List.of(
            root.resolve(AppDirectory.LOGS.privateParent().substring(1)).resolve(name),
            root.resolve(AppDirectory.LOGS.parent().substring(1)).resolve(name));
  }

  private record File(Path path, BasicFileAttributes as) {}

  /** How long each of them is now, by its name. */
  public SortedMap<String, Long> sizes() {
    var sizes = new TreeMap<String, Long>();
    files().forEach(file -> sizes.put(file.path().getFileName().toString(), file.as().size()));
    return sizes;
  }

  /**
   * What was written to them since.
   *
   * @param since when the start began
   * @param before how long each was then, as far as that is known
   */
  public List<String> lines(Instant since, SortedMap<String, Long> before) {
    var lines = new ArrayList<String>();
    files().stream()
        .filter(file -> !file.as().lastModifiedTime().toInstant().isBefore(since))
        .sorted(Comparator.comparing((File file) -> file.as().lastModifiedTime()).reversed())
        .limit(MOST_FILES)
        .forEach(file -> lines.addAll(0, lines(file, since, before)));
    return lines;
  }

  private static List<String> lines(File file, Instant since, SortedMap<String, Long> before) {
    long size = file.as().size();
    boolean created = !file.as().creationTime().toInstant().isBefore(since);
    long known = created || before.isEmpty() ? 0 : before.getOrDefault(name(file), 0L);
    // One that is shorter than before was truncated.
    long from = known > size ? 0 : known;
    if (!created && before.isEmpty()) {
      from = size - NEWEST;
    }
    long begin = Math.max(0, Math.max(from, size - MOST_BYTES));
    try (FileChannel channel = RegularFile.open(file.path())) {
      var bytes = ByteBuffer.allocate((int) Math.min(MOST_BYTES, size - begin));
      while (bytes.hasRemaining() && channel.read(bytes, begin + bytes.position()) > 0) {
        // Until it is full, or the file has become shorter.
      }
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
      return text.lines().skip(begin == 0 || begin == known ? 0 : 1).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String name(File file) {
    return file.path().getFileName().toString();
  }

  private List<File> files() {
    var files = new ArrayList<File>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
        int seen = 0;
        for (Path path : all) {
          if (++seen > MOST_NAMES) {
            break;
          }
          var attributes =
              Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          if (attributes.isRegularFile()) {
            files.add(new File(path, attributes));
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        // It has gone meanwhile.
      }
    }
    return files;
  }
}
