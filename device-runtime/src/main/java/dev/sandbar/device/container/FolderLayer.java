package dev.sandbar.device.container;

import dev.sandbar.core.model.SafeText;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * A plain folder as a layer, all of one time. A folder that belongs to root is the root of a
 * system, as mmdebstrap makes it: owners and permissions are kept. Any other one is somebody's
 * checkout, which gives the same archive whoever has it: all belongs to root, and the permissions
 * of the owner are kept, and those of others but to write, which depends on the mask of who made
 * it.
 */
public final class FolderLayer {

  private static final int OF_LINKS = 0755;
  private static final int STICKY_AND_PERMISSIONS = 01777;
  private static final int WITHOUT_WRITE_OF_OTHERS = 0755;

  /** An app gets one of its own, with the nodes that it may use. */
  private static final String DEVICES = "dev/";

  /** What Java has in the place of bytes that are no characters. */
  private static final char NO_CHARACTER = '\uFFFD';

  private final Path folder;
  private final boolean ofRoot;
  private final long seconds;
  private final TarArchiveOutputStream out;

  private FolderLayer(Path folder, boolean ofRoot, long seconds, TarArchiveOutputStream out) {
    this.folder = folder;
    this.ofRoot = ofRoot;
    this.seconds = seconds;
    this.out = out;
  }

  /**
   * Writes its archive.
   *
   * @param seconds since 1970, of which everything in it is
   * @param archive a file outside of the folder
   * @throws LayerException if something in the folder cannot be in an image
   */
  public static Layer write(Path folder, long seconds, Path archive) throws IOException {
    try (var out =
        new TarArchiveOutputStream(
            new BufferedOutputStream(Files.newOutputStream(archive), 1 << 16),
            StandardCharsets.UTF_8.name())) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      out.setAddPaxHeadersForNonAsciiNames(true);
      new FolderLayer(folder, id(folder, "uid") == 0, seconds, out).add(folder, "");
    }
    return new Layer(archive, Compression.NONE);
  }

  private void add(Path directory, String above) throws IOException {
    var inside = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(inside::add);
    }
    inside.sort(null);
    for (Path path : inside) {
      String name = String.valueOf(path.getFileName());
      if (name.indexOf(NO_CHARACTER) >= 0) {
        throw refused(path, "has a name that is not UTF-8; rename it");
      }
      if (name.startsWith(LayerEntry.WHITEOUT)) {
        throw refused(path, "has a name that in a layer means that something is gone; rename it");
      }
      add(
          path,
          above + name,
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    }
  }

  private void add(Path path, String name, BasicFileAttributes is) throws IOException {
    if (is.isSymbolicLink()) {
      var entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK, true);
      entry.setLinkName(Files.readSymbolicLink(path).toString());
      begin(path, entry, OF_LINKS);
      out.closeArchiveEntry();
    } else if (is.isDirectory()) {
      begin(path, new TarArchiveEntry(name + "/", TarConstants.LF_DIR, true), mode(path));
      out.closeArchiveEntry();
      if (List.of(name.split("/", -1)).size() > FlatTree.DEEPEST) {
        throw refused(path, "lies deeper than an image may be");
      }
      add(path, name + "/");
    } else if (is.isRegularFile()) {
      var entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL, true);
      entry.setSize(is.size());
      copy(path, entry, is.size());
    } else if (!name.startsWith(DEVICES)) {
      throw refused(path, "is a device, pipe or socket, which no image has; remove it");
    }
  }

  private void copy(Path path, TarArchiveEntry entry, long size) throws IOException {
    try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
      begin(path, entry, mode(path));
      var buffer = new byte[1 << 16];
      long left = size;
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (count < 0) {
          throw new IOException(
              SafeText.shown(folder.relativize(path).toString()) + " became shorter meanwhile");
        }
        out.write(buffer, 0, count);
        left -= count;
      }
      out.closeArchiveEntry();
    }
  }

  private int mode(Path path) throws IOException {
    return id(path, "mode") & (ofRoot ? STICKY_AND_PERMISSIONS : WITHOUT_WRITE_OF_OTHERS);
  }

  private static int id(Path path, String attribute) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
  }

  private void begin(Path path, TarArchiveEntry entry, int mode) throws IOException {
    entry.setMode(mode);
    if (ofRoot) {
      entry.setUserId(id(path, "uid"));
      entry.setGroupId(id(path, "gid"));
    }
    entry.setUserName("");
    entry.setGroupName("");
    entry.setLastModifiedTime(FileTime.fromMillis(seconds * 1000));
    out.putArchiveEntry(entry);
  }

  private LayerException refused(Path path, String why) {
    return new LayerException(
        "%s %s".formatted(SafeText.shown(folder.relativize(path).toString()), why));
  }
}
