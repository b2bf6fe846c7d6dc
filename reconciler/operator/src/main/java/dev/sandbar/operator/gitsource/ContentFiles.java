package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.operator.publish.ContentName;
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
 */
final class ContentFiles implements ContentKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(ContentFiles.class);

  private final String key;
  private final Path directory;

  /**
   * @param key what names are computed from; empty if it is not known, and no file can be kept
   * @param directory where files are laid; made when the first one comes
   */
  ContentFiles(String key, Path directory) {
    this.key = key;
    this.directory = directory;
  }

  @Override
  public int most() {
    return SpecBounds.MOST_KEPT;
  }

  @Override
  public FileContent.Kept keep(Sha256 digest, byte[] content) throws IOException {
    if (key.isEmpty()) {
      throw new IOException(
          "a file of more than a spec has room for has no name yet: the operator needs get, list,"
              + " create and delete on appcontents, and the CRDs of the current chart");
    }
    Path file = directory.resolve(digest.hex());
    if (!Files.exists(file)) {
      Files.createDirectories(directory);
      Path fresh = Files.createTempFile(directory, "fresh", "");
      Files.write(fresh, content);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return new FileContent.Kept(digest, content.length, ContentName.of(key, digest));
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
      LOG.warn("directory={} action=clear message={}", directory, e.toString());
    }
  }
}
