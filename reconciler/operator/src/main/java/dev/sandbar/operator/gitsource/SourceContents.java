package dev.sandbar.operator.gitsource;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.AppContentSpec;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectMetadata;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of the repository of one GitSource that no spec has room for. Whoever reads the repository
 * {@linkplain ContentFiles lays them on the disk}, beside the clone; before an app names one it is
 * stored as an AppContent, of which devices get the bytes.
 */
final class SourceContents {
  private static final Logger LOG = LoggerFactory.getLogger(SourceContents.class);

  /** A device that got a bundle just before a change can still get what it names. */
  static final Duration GRACE = Duration.ofHours(1);

  private final KubernetesClient client;
  private final Writes writes;
  private final Clock clock;
  private final String namespace;
  private final String source;
  private final String uid;
  private final Path directory;

  /** Names of objects that are there, as far as anybody knows. */
  private final Set<String> present = ConcurrentHashMap.newKeySet();

  /** When those may be deleted that no app names any more. One thread. */
  private final Map<String, Instant> stale = new HashMap<>();

  /** Whether a file that an app names is not on the disk any more. */
  private final AtomicBoolean lost = new AtomicBoolean();

  /**
   * @param uid of the GitSource
   * @param directory where files are laid
   */
  SourceContents(
      KubernetesClient client,
      Writes writes,
      Clock clock,
      String namespace,
      String source,
      String uid,
      Path directory) {
    this.client = client;
    this.writes = writes;
    this.clock = clock;
    this.namespace = namespace;
    this.source = source;
    this.uid = uid;
    this.directory = directory;
  }

  /** Whether the repository has to be read again for what is not on the disk any more. */
  boolean takeLost() {
    return lost.getAndSet(false);
  }

  /**
   * Stores what an app names, unless it is there.
   *
   * @return why that is not possible now; empty if all is there
   */
  Optional<String> store(Set<FileContent.Kept> named) {
    for (FileContent.Kept kept : named) {
      if (!present.contains(kept.object())) {
        Optional<String> problem = create(kept);
        if (problem.isPresent()) {
          return problem;
        }
        present.add(kept.object());
      }
    }
    return Optional.empty();
  }

  /** No link, and no more than there may be: the file is of somebody else's making. */
  private static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return in.readNBytes(SpecBounds.MOST_KEPT);
    }
  }

  private Optional<String> create(FileContent.Kept kept) {
    byte[] content;
    try {
      content = read(directory.resolve(kept.digest().hex()));
      if (!Sha256.of(content).equals(kept.digest())) {
        throw new NoSuchFileException(kept.digest().hex());
      }
    } catch (NoSuchFileException e) {
      lost.set(true);
      return Optional.of(
          "a file of %d bytes that it names is not in the cache of the operator any more; it is read again"
              .formatted(kept.bytes()));
    } catch (IOException e) {
      return Optional.of(
          "a file that it names cannot be read from the cache of the operator: " + e);
    }
    var metadata =
        new ObjectMetaBuilder()
            .withName(kept.object())
            .withNamespace(namespace)
            .withLabels(
                Map.of(ObjectNames.SOURCE, source, "app.kubernetes.io/managed-by", "sandbar"))
            .build();
    var spec =
        new AppContentSpec(
            kept.digest().hex(), content.length, Base64.getEncoder().encodeToString(content));
    try {
      var _ = writes.create(Writes.Kind.APP_CONTENT, metadata, NodeBinder.write(spec));
      LOG.info(
          "source={}/{} action=store content={} bytes={}",
          namespace,
          source,
          kept.object(),
          kept.bytes());
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return switch (ApiFailure.of(e)) {
        case CONFLICT -> Optional.empty();
        case FORBIDDEN, INVALID, NOT_FOUND, UNAVAILABLE, NO_ANSWER ->
            Optional.of(
                "a file of more than a spec has room for cannot be stored: %s (the operator needs get,"
                        .formatted(ApiFailure.message(e))
                    + " list, create and delete on appcontents, and the CRDs of the current"
                    + " chart)");
      };
    }
  }

  /**
   * Stores anew what somebody deleted, and deletes what has not been named for an hour.
   *
   * @param named by apps of the repository
   * @param owned apps of this source as they are in the cluster, which may name others: those that
   *     are held back, or could not be written
   */
  void tidy(Set<FileContent.Kept> named, List<Live> owned) {
    Set<String> wanted = new HashSet<>();
    named.forEach(it -> wanted.add(it.object()));
    owned.forEach(it -> wanted.addAll(it.contents()));
    if (wanted.isEmpty() && present.isEmpty() && stale.isEmpty()) {
      return;
    }
    try {
      Set<String> there =
          ObjectMetadata.ofContents(client, namespace, ObjectNames.SOURCE, source).stream()
              .map(HasMetadata::getMetadata)
              .map(it -> it.getName())
              .collect(Collectors.toSet());
      present.retainAll(there);
      store(named)
          .ifPresent(
              why -> LOG.warn("source={}/{} action=store message={}", namespace, source, why));
      stale.keySet().removeIf(it -> wanted.contains(it) || !there.contains(it));
      Instant now = clock.instant();
      there.stream()
          .filter(it -> !wanted.contains(it))
          .forEach(it -> stale.putIfAbsent(it, now.plus(GRACE)));
      Set<String> due =
          stale.entrySet().stream()
              .filter(it -> !it.getValue().isAfter(now))
              .map(Map.Entry::getKey)
              .collect(Collectors.toUnmodifiableSet());
      delete(due);
    } catch (KubernetesClientException e) {
      LOG.warn("source={}/{} action=tidy message={}", namespace, source, ApiFailure.message(e));
    }
  }

  /** Deletes all, with the apps. */
  void deleteAll() {
    try {
      delete(
          ObjectMetadata.ofContents(client, namespace, ObjectNames.SOURCE, source).stream()
              .map(it -> it.getMetadata().getName())
              .collect(Collectors.toUnmodifiableSet()));
    } catch (KubernetesClientException e) {
      LOG.warn("source={}/{} action=delete message={}", namespace, source, ApiFailure.message(e));
    }
  }

  private void delete(Set<String> names) {
    for (String name : names) {
      writes.delete(new Writes.Target(Writes.Kind.APP_CONTENT, namespace, name));
      stale.remove(name);
      present.remove(name);
    }
  }
}
