package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectMetadata;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Contents of files that no bundle has room for, as AppContents that devices get by name. They
 * belong to their AppSandbox, with which the cluster deletes them; what an app has no longer is
 * deleted here, after {@link #GRACE}.
 *
 * <p>A device may get any AppContent of its namespace, and RBAC cannot say which belong to its apps
 * without a change of its Role for each of theirs. So the name is the key: it cannot be guessed
 * without the uid of the AppSandbox, which no device may read, and devices may list none.
 */
final class LargeContents implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LargeContents.class);

  /** A device that got a bundle just before a change can still get what it names. */
  static final Duration GRACE = Duration.ofHours(1);

  /**
   * So many of an app stay for that long: who changes a ConfigMap all the time must not fill etcd.
   */
  static final int MOST_STALE = 4;

  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final int NAME_DIGITS = 32;

  private final KubernetesClient client;
  private final Writes writes;
  private final LongSupplier nanoTime;
  private final Duration grace;

  /** Held from the look at what is there to the end of a write: nothing goes in between. */
  private final Object writing = new Object();

  /** Names of what apps have now; under one lock with those that they have no longer. */
  private final Map<Key, Set<String>> current = new HashMap<>();

  /** By object, of which app it was, and until when it stays. */
  private final Map<Key, Stale> stale = new HashMap<>();

  private final Thread cleaner = Thread.ofVirtual().name("large-contents").unstarted(this::clean);
  private boolean started;
  private volatile boolean closed;

  private record Stale(Key app, long until) {}

  /** As in {@code spec}. */
  private record Spec(String sha256, int bytes, String data) {}

  /** Knows of none yet. */
  LargeContents(KubernetesClient client, Writes writes, LongSupplier nanoTime, Duration grace) {
    this.client = client;
    this.writes = writes;
    this.nanoTime = nanoTime;
    this.grace = grace;
  }

  /** Name of the object for a content of an app. */
  static String name(Key app, String uid, Sha256 digest) {
    return app.name() + "-" + Sha256.of(uid + "/" + digest.hex()).hex().substring(0, NAME_DIGITS);
  }

  /**
   * Makes what the spec names, before any bundle does.
   *
   * @param uid of the AppSandbox
   * @param spec with digests in place of large contents
   * @param contents that were read for it
   * @return why that is not possible until somebody changes something; empty if all is there
   * @throws KubernetesClientException if it is worth another attempt
   */
  Optional<String> publish(Key app, String uid, Node spec, Map<Sha256, byte[]> contents) {
    Map<String, FileContent.Kept> named =
        KeptFiles.named(spec).stream()
            // A GitSource looks after its own.
            .filter(it -> it.object().equals(name(app, uid, it.digest())))
            .collect(Collectors.toMap(FileContent.Kept::object, it -> it));
    if (named.isEmpty() && !has(app)) {
      return Optional.empty();
    }
    try {
      synchronized (writing) {
        store(app, uid, named, contents);
      }
      due().forEach(this::delete);
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return switch (ApiFailure.of(e)) {
        case FORBIDDEN ->
            Optional.of(
                "a file of more than a spec has room for cannot be stored: %s (grant the operator get,"
                        .formatted(ApiFailure.message(e))
                    + " list, create and delete on appcontents, as the current chart does, and see"
                    + " that no quota is in the way)");
        case NOT_FOUND ->
            Optional.of(
                "a file of more than a spec has room for cannot be stored: the API server does not"
                    + " know AppContents (apply the CRDs of the current chart)");
        case CONFLICT, INVALID, UNAVAILABLE, NO_ANSWER -> throw e;
      };
    }
  }

  private void store(
      Key app, String uid, Map<String, FileContent.Kept> named, Map<Sha256, byte[]> contents) {
    Set<String> present =
        ObjectMetadata.ofContents(client, app.namespace(), Writes.APP_LABEL, app.name()).stream()
            .filter(it -> isOf(it, uid))
            .map(it -> it.getMetadata().getName())
            .collect(Collectors.toSet());
    for (FileContent.Kept kept : named.values()) {
      byte[] content = contents.get(kept.digest());
      if (!present.contains(kept.object()) && content != null) {
        create(app, uid, kept, content);
      }
    }
    settle(app, named.keySet(), present);
  }

  private static boolean isOf(HasMetadata content, String uid) {
    return content.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> uid.equals(owner.getUid()));
  }

  private void create(Key app, String uid, FileContent.Kept kept, byte[] content) {
    ObjectMeta metadata =
        new ObjectMetaBuilder()
            .withName(kept.object())
            .withNamespace(app.namespace())
            .withLabels(
                Map.of(Writes.APP_LABEL, app.name(), "app.kubernetes.io/managed-by", "sandbar"))
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion(Writes.Kind.APP_SANDBOX.apiVersion())
                    .withKind(Writes.Kind.APP_SANDBOX.text())
                    .withName(app.name())
                    .withUid(uid)
                    .build())
            .build();
    var spec =
        new Spec(kept.digest().hex(), content.length, Base64.getEncoder().encodeToString(content));
    try {
      var _ = writes.create(Writes.Kind.APP_CONTENT, metadata, NodeBinder.write(spec));
      LOG.info("appsandbox={} action=store content={} bytes={}", app, kept.object(), kept.bytes());
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.CONFLICT) {
        throw e;
      }
    }
  }

  private synchronized boolean has(Key app) {
    return current.containsKey(app);
  }

  private synchronized void settle(Key app, Set<String> now, Set<String> present) {
    if (now.isEmpty()) {
      current.remove(app);
    } else {
      current.put(app, Set.copyOf(now));
    }
    long until = nanoTime.getAsLong() + grace.toNanos();
    for (String name : present) {
      if (!now.contains(name)) {
        stale.putIfAbsent(new Key(app.namespace(), name), new Stale(app, until));
      }
    }
    now.forEach(name -> stale.remove(new Key(app.namespace(), name)));
    stale.entrySet().stream()
        .filter(it -> it.getValue().app().equals(app))
        .sorted(Comparator.comparingLong(it -> until - it.getValue().until()))
        .skip(MOST_STALE)
        .forEach(it -> it.setValue(new Stale(app, nanoTime.getAsLong())));
    startCleaner();
  }

  private void startCleaner() {
    if (!stale.isEmpty() && !started && !closed) {
      started = true;
      cleaner.start();
    }
  }

  /** The app is gone, and the cluster deletes what it had; or it names no values any more. */
  synchronized void forget(Key app) {
    long until = nanoTime.getAsLong() + grace.toNanos();
    for (String name : Optional.ofNullable(current.remove(app)).orElse(Set.of())) {
      stale.putIfAbsent(new Key(app.namespace(), name), new Stale(app, until));
    }
    startCleaner();
  }

  private void clean() {
    try {
      while (!closed) {
        Thread.sleep(grace.compareTo(LOOK) < 0 ? grace : LOOK);
        due().forEach(this::delete);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized List<Key> due() {
    long now = nanoTime.getAsLong();
    return stale.entrySet().stream()
        .filter(it -> now - it.getValue().until() >= 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  private void delete(Key content) {
    try {
      synchronized (writing) {
        if (isCurrent(content)) {
          return;
        }
        writes.delete(
            new Writes.Target(Writes.Kind.APP_CONTENT, content.namespace(), content.name()));
        forgetStale(content);
      }
      LOG.info("appcontent={} action=delete its app has another content", content);
    } catch (KubernetesClientException e) {
      if (!closed) {
        LOG.warn("appcontent={} action=delete failed={}", content, ApiFailure.message(e));
      }
    }
  }

  private synchronized boolean isCurrent(Key content) {
    Stale was = stale.get(content);
    return was == null || current.getOrDefault(was.app(), Set.of()).contains(content.name());
  }

  private synchronized void forgetStale(Key content) {
    stale.remove(content);
  }

  @Override
  public void close() {
    closed = true;
    cleaner.interrupt();
  }
}
