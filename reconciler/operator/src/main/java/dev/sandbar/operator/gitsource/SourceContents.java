package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.ContentName;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of the repository of one GitSource that no spec has room for. A worker {@linkplain
 * ContentFiles lays them on the disk}, beside the clone; they become AppContents once the bundle of
 * a device is to name them.
 */
final class SourceContents {
  private static final Logger LOG = LoggerFactory.getLogger(SourceContents.class);

  private final AppContents contents;
  private final String namespace;
  private final String source;
  private final Path directory;

  /** Those that apps of the repository name. */
  private volatile Set<Sha256> named = Set.of();

  /** Whether the repository has to be read again. */
  private final AtomicBoolean lost = new AtomicBoolean();

  /**
   * @param directory where files are laid
   */
  SourceContents(AppContents contents, String namespace, String source, Path directory) {
    this.contents = contents;
    this.namespace = namespace;
    this.source = source;
    this.directory = directory;
  }

  /** What names are computed from; empty if the API server does not say it now. */
  String key() {
    try {
      return contents.key(namespace);
    } catch (KubernetesClientException e) {
      LOG.warn("source={}/{} action=key message={}", namespace, source, ApiFailure.message(e));
      return "";
    }
  }

  /** The name of the object of a content. */
  String name(Sha256 digest) {
    return ContentName.of(key(), digest);
  }

  /** From now on apps of the repository name these. */
  void named(Set<FileContent.Kept> now) {
    named = now.stream().map(FileContent.Kept::digest).collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the repository has to be read again for what is not on the disk any more. */
  boolean takeLost() {
    return lost.getAndSet(false);
  }

  /** Whether an app of the repository names it. */
  boolean isNamed(FileContent.Kept kept) {
    return named.contains(kept.digest());
  }

  /** The bytes, from the disk; empty if they are not there. */
  Optional<byte[]> read(FileContent.Kept kept) {
    try {
      byte[] content = bytes(directory.resolve(kept.digest().hex()));
      if (Sha256.of(content).equals(kept.digest())) {
        return Optional.of(content);
      }
    } catch (NoSuchFileException _) {
      // It is read again, if it is one of this source.
    } catch (IOException e) {
      LOG.warn("source={}/{} action=read message={}", namespace, source, e.toString());
    }
    if (isNamed(kept)) {
      lost.set(true);
    }
    return Optional.empty();
  }

  /** No link, and no more than there may be: the file is of somebody else's making. */
  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return in.readNBytes(SpecBounds.MOST_KEPT);
    }
  }
}
