package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.source.ContentKeeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of a repository that no spec has room for, on the disk beside its clone. A worker lays them
 * there; the operator reads them again, and believes their digests alone.
 *
 * <p>The name of an object cannot be guessed without the uid of the GitSource, which no device may
 * read: a device may get any AppContent of its namespace, and list none.
 */
final class ContentFiles implements ContentKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(ContentFiles.class);
  private static final int NAME_DIGITS = 32;

  private final String uid;
  private final Path directory;

  /**
   * @param uid of the GitSource
   * @param directory where files are laid; made when the first one comes
   */
  ContentFiles(String uid, Path directory) {
    this.uid = uid;
    this.directory = directory;
  }

  @Override
  public int most() {
    return SpecBounds.MOST_KEPT;
  }

  @Override
  public FileContent.Kept keep(Sha256 digest, byte[] content) throws IOException {
    Path file = directory.resolve(digest.hex());
    if (!Files.exists(file)) {
      Files.createDirectories(directory);
      Path fresh = Files.createTempFile(directory, "fresh", "");
      Files.write(fresh, content);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return new FileContent.Kept(digest, content.length, name(uid, digest));
  }

  /** The name of the object that holds a file of this source. */
  static String name(String uid, Sha256 digest) {
    return "git-" + Sha256.of(uid + "/" + digest.hex()).hex().substring(0, NAME_DIGITS);
  }

  /** Removes the files that these do not name. */
  void keepOnly(Set<FileContent.Kept> named) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Set<String> wanted =
        named.stream().map(it -> it.digest().hex()).collect(Collectors.toUnmodifiableSet());
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (!wanted.contains(String.valueOf(file.getFileName()))) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("clone={} action=clear message={}", uid, e.toString());
    }
  }
}
