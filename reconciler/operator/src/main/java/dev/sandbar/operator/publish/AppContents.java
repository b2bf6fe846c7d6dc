package dev.sandbar.operator.publish;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.AppContentSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Contents of files that no bundle has room for, as AppContents that devices get by name: one for
 * each content of a namespace, however many apps and sources have it, made when the bundle of a
 * device is to name it and not before.
 *
 * <p>A device may get any AppContent of its namespace and list none, so that the name is the key.
 * It is computed from the digest and from the name of an object of the namespace that is random and
 * stands nowhere else: who knows a file by heart cannot ask whether another app has it.
 */
public final class AppContents implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppContents.class);

  /** A device that got a bundle just before a change can still get what it names. */
  public static final Duration GRACE = Duration.ofHours(1);

  /** Between two lists of what is there: somebody may have deleted some of it. */
  private static final Duration RELOAD = Duration.ofMinutes(1);

  /** What was refused is asked for again after so long. */
  private static final Duration REFUSED = Duration.ofSeconds(10);

  /** What was just wanted stays, however little room there is. */
  private static final Duration JUST_WANTED = Duration.ofMinutes(1);

  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final String LABEL = "app.kubernetes.io/managed-by";
  private static final String MANAGER = "sandbar";
  private static final String KEY_LABEL = "sandbar.dev/content-key";
  private static final String BYTES = "sandbar.dev/bytes";
  private static final int NAME_DIGITS = 32;

  private final KubernetesClient client;
  private final Writes writes;
  private final LongSupplier nanoTime;
  private final Duration grace;
  private final Map<String, ContentRoom> rooms = new ConcurrentHashMap<>();
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final List<BiFunction<String, FileContent.Kept, Optional<byte[]>>> sources =
      new CopyOnWriteArrayList<>();
  private final Thread cleaner = Thread.ofVirtual().name("app-contents").unstarted(this::clean);
  private boolean started;
  private volatile boolean closed;

  /** Knows of none yet. */
  public AppContents(KubernetesClient client) {
    this(client, System::nanoTime, GRACE);
  }

  /**
   * Knows of none yet.
   *
   * @param grace for which what no bundle names any more stays
   */
  public AppContents(KubernetesClient client, LongSupplier nanoTime, Duration grace) {
    this.client = client;
    this.writes = new Writes(client);
    this.nanoTime = nanoTime;
    this.grace = grace;
  }

  /** From now on contents may come from here too, by their namespaces. */
  public void readFrom(BiFunction<String, FileContent.Kept, Optional<byte[]>> source) {
    sources.add(source);
  }

  /**
   * Name of the object for a content.
   *
   * @throws KubernetesClientException if the API server does not say it
   */
  public String name(String namespace, Sha256 digest) {
    return ContentName.of(key(namespace), digest);
  }

  /**
   * What the names of contents are computed from; made if there is none.
   *
   * @throws KubernetesClientException if the API server does not say it
   */
  public String key(String namespace) {
    String key = keys.get(namespace);
    if (key == null) {
      synchronized (room(namespace)) {
        load(namespace, room(namespace));
      }
      key = keys.getOrDefault(namespace, "");
    }
    return key;
  }

  /**
   * Makes the object of a content, unless it is there, before a bundle names it.
   *
   * @param bytes are asked for only if it is not, and nobody else has them
   * @return why it cannot be made now; empty if it is there
   * @throws KubernetesClientException if the API server does not answer
   */
  public Optional<String> ensure(
      String namespace, FileContent.Kept kept, Supplier<Optional<byte[]>> bytes) {
    ContentRoom room = room(namespace);
    synchronized (room) {
      long now = nanoTime.getAsLong();
      try {
        if (room.isOlderThan(RELOAD, now)) {
          load(namespace, room);
        }
        // Somebody wrote the name of another one into the AppSandbox: that is theirs to keep.
        if (room.want(kept.object(), now)
            || !kept.object().equals(name(namespace, kept.digest()))) {
          return Optional.empty();
        }
        Optional<String> before = room.refused(REFUSED, now);
        if (before.isPresent()) {
          return before;
        }
        Optional<byte[]> content = find(namespace, kept, bytes);
        if (content.isEmpty()) {
          return Optional.of(
              "a file of %d bytes is not at hand any more; it is read again"
                  .formatted(kept.bytes()));
        }
        return make(namespace, room, kept.object(), kept.digest(), content.get(), now);
      } catch (KubernetesClientException e) {
        return Optional.of(room.refuse(problem(e), now));
      }
    }
  }

  private Optional<byte[]> find(
      String namespace, FileContent.Kept kept, Supplier<Optional<byte[]>> bytes) {
    for (BiFunction<String, FileContent.Kept, Optional<byte[]>> source : sources) {
      Optional<byte[]> found = source.apply(namespace, kept).filter(it -> isOf(it, kept));
      if (found.isPresent()) {
        return found;
      }
    }
    return bytes.get().filter(it -> isOf(it, kept));
  }

  private static boolean isOf(byte[] content, FileContent.Kept kept) {
    return Sha256.of(content).equals(kept.digest());
  }

  private Optional<String> make(
      String namespace, ContentRoom room, String name, Sha256 digest, byte[] content, long now) {
    Optional<List<String>> victims = room.makeRoom(content.length, JUST_WANTED, now);
    if (victims.isEmpty()) {
      return Optional.of(
          room.refuse(
              "the large files of the namespace take more than the %d bytes that they may have (make files smaller, or delete apps)"
                  .formatted(ContentRoom.MOST_BYTES),
              now));
    }
    victims.get().forEach(it -> delete(namespace, room, it));
    create(namespace, name, Map.of(LABEL, MANAGER), digest, content);
    room.add(name, content.length, now);
    LOG.info("namespace={} action=store content={} bytes={}", namespace, name, content.length);
    startCleaner();
    return Optional.empty();
  }

  private void create(
      String namespace, String name, Map<String, String> labels, Sha256 digest, byte[] content) {
    var metadata =
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(namespace)
            .withLabels(labels)
            .withAnnotations(Map.of(BYTES, Integer.toString(content.length)))
            .build();
    var spec =
        new AppContentSpec(
            digest.hex(), content.length, Base64.getEncoder().encodeToString(content));
    try {
      var _ = writes.create(Writes.Kind.APP_CONTENT, metadata, NodeBinder.write(spec));
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.CONFLICT) {
        throw e;
      }
    }
  }

  private static String problem(KubernetesClientException failure) {
    String what = "a file of more than a spec has room for cannot be stored: ";
    return switch (ApiFailure.of(failure)) {
      case FORBIDDEN ->
          what
              + ApiFailure.message(failure)
              + " (grant the operator get, list, create and delete on appcontents, as the current"
              + " chart does, and see that no quota is in the way)";
      case NOT_FOUND ->
          what + "the API server does not know AppContents (apply the CRDs of the current chart)";
      case CONFLICT, INVALID, UNAVAILABLE -> what + ApiFailure.message(failure);
      case NO_ANSWER -> throw failure;
    };
  }

  private ContentRoom room(String namespace) {
    return rooms.computeIfAbsent(namespace, _ -> new ContentRoom());
  }

  /** Reads what is there, and by which key it is named; makes the key if there is none. */
  private void load(String namespace, ContentRoom room) {
    List<? extends HasMetadata> all = ObjectMetadata.ofContents(client, namespace, LABEL, MANAGER);
    Optional<String> key = key(all);
    if (key.isEmpty()) {
      // One that somebody deletes is made again under its name: all names come from it.
      makeKey(namespace, Optional.ofNullable(keys.get(namespace)).orElseGet(AppContents::freshKey));
      // Whoever else made one at the same time finds the same one first.
      key = key(ObjectMetadata.ofContents(client, namespace, LABEL, MANAGER));
    }
    keys.put(namespace, key.orElseThrow());
    room.load(
        all.stream().filter(it -> !isKey(it)).toList(), AppContents::bytes, nanoTime.getAsLong());
    startCleaner();
  }

  private static String freshKey() {
    byte[] random = new byte[NAME_DIGITS / 2];
    new SecureRandom().nextBytes(random);
    return "key-" + HexFormat.of().formatHex(random);
  }

  /** What is in it says nothing; its name is what counts. */
  private void makeKey(String namespace, String name) {
    byte[] content = MANAGER.getBytes(StandardCharsets.US_ASCII);
    create(namespace, name, Map.of(LABEL, MANAGER, KEY_LABEL, "true"), Sha256.of(content), content);
  }

  private static boolean isKey(HasMetadata content) {
    return ObjectFields.labels(content).containsKey(KEY_LABEL);
  }

  private static Optional<String> key(List<? extends HasMetadata> all) {
    return all.stream()
        .filter(AppContents::isKey)
        .map(it -> it.getMetadata().getName())
        .min(String::compareTo);
  }

  /** Of one that an earlier release made it is not known without reading it. */
  private static long bytes(HasMetadata content) {
    String text = ObjectFields.annotation(content, BYTES);
    return text.matches("[0-9]{1,7}") ? Long.parseLong(text) : ContentRoom.USUAL_BYTES;
  }

  /**
   * What the bundle of a device names, and what it is about to name.
   *
   * @param names empty for a device that is gone
   */
  public void bundled(String namespace, String device, Set<String> names) {
    ContentRoom room = names.isEmpty() ? rooms.get(namespace) : room(namespace);
    if (room != null) {
      synchronized (room) {
        room.use(device, names, nanoTime.getAsLong());
      }
    }
  }

  private synchronized void startCleaner() {
    if (!started && !closed) {
      started = true;
      cleaner.start();
    }
  }

  private void clean() {
    try {
      while (!closed) {
        Thread.sleep(grace.compareTo(LOOK) < 0 ? grace : LOOK);
        rooms.forEach(this::clean);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void clean(String namespace, ContentRoom room) {
    synchronized (room) {
      room.over(grace, nanoTime.getAsLong()).forEach(it -> delete(namespace, room, it));
    }
  }

  private void delete(String namespace, ContentRoom room, String name) {
    try {
      writes.delete(new Writes.Target(Writes.Kind.APP_CONTENT, namespace, name));
      room.remove(name);
      LOG.info("namespace={} action=delete content={} reason=no bundle names it", namespace, name);
    } catch (KubernetesClientException e) {
      if (!closed) {
        LOG.warn(
            "namespace={} action=delete content={} failed={}",
            namespace,
            name,
            ApiFailure.message(e));
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    cleaner.interrupt();
  }
}
