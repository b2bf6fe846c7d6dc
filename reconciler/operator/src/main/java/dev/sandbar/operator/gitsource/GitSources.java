package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.history.Observed;
import dev.sandbar.operator.history.OwnActs;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.operator.publish.FirstList;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all GitSources. Start it while this operator is the leader, and only then: it writes.
 *
 * <p>Each source has a thread of its own; watches of AppSandboxes are one per namespace.
 */
public final class GitSources implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GitSources.class);
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final String TOO_LARGE =
      "the GitSource is larger than what is read of one; it is not followed, and its apps stay as"
          + " they are (remove unknown fields of its spec, and finalizers that nobody needs)";

  private final Tools tools;
  private final Clones clones;
  private final Map<String, GenericKubernetesResource> objects = new ConcurrentHashMap<>();
  private final Map<String, SourceLoop> loops = new ConcurrentHashMap<>();

  /** Uids of sources that are too large to be read; few, and gone with them. */
  private final Set<String> leftOut = ConcurrentHashMap.newKeySet();

  private final List<SharedIndexInformer<GenericKubernetesResource>> informers =
      new CopyOnWriteArrayList<>();
  private final List<SourceLoop> ending = new ArrayList<>();

  /** Guards {@link #loops} where a loop begins, and {@link #isClosed}. */
  private final Object begins = new Object();

  private boolean isClosed;

  /** Does nothing until it is started. */
  public GitSources(
      KubernetesClient client, Clock clock, MeterRegistry registry, GitSourceConfig config) {
    this(client, new AppContents(client), new OwnActs(clock), clock, registry, config);
  }

  /** The same, with contents that others store too. */
  public GitSources(
      KubernetesClient client,
      AppContents contents,
      OwnActs acts,
      Clock clock,
      MeterRegistry registry,
      GitSourceConfig config) {
    tools =
        new Tools(
            client,
            clock,
            config,
            Backoff.STANDARD,
            new NamespaceWatches(client),
            new Writes(client, ObjectNames.FIELD_MANAGER),
            new WriteLimiter(config.writes()),
            new FairTurns(config.looks(), config.looksOfOne()),
            new GitWorkers(config.cacheDirectory()),
            DeclaredRoom.ofHeap(),
            new SourceMetrics(registry),
            contents,
            acts,
            new EventRecorder(client, clock, "sandbar-gitsource"));
    clones = new Clones(config.cacheDirectory(), config.cloneBytes());
    contents.readFrom(this::content);
  }

  /** Starts to follow. Returns when what is there has been seen, or after half a minute. */
  public synchronized void start() {
    informers.addAll(SourceObjects.informers(tools.client(), tools.config().namespaces()));
    var starts = new ArrayList<CompletableFuture<Void>>();
    for (var informer : informers) {
      var first = new FirstList<>(new Handler());
      informer.addEventHandler(first);
      starts.add(informer.start().toCompletableFuture().thenCompose(_ -> first.handedOn()));
    }
    try {
      CompletableFuture.allOf(starts.toArray(CompletableFuture[]::new))
          .get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
      clones.keepOnly(uids());
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("action=start message=the GitSources cannot be listed yet; it is tried again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why it does not go on at this moment; empty if it does. */
  public String trouble() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching)
        ? ""
        : "GitSources are not followed";
  }

  /** All sources that are followed, as they stand; empty while not all are known. */
  public Optional<List<Observed>> observed() {
    return trouble().isEmpty()
        ? Optional.of(new TreeMap<>(objects).values().stream().map(GitSources::observed).toList())
        : Optional.empty();
  }

  private static Observed observed(GenericKubernetesResource source) {
    ObjectMeta meta = source.getMetadata();
    boolean suspended = Boolean.TRUE.equals(source.get("spec", "suspend"));
    return new Observed(
        Observed.Kind.SOURCE,
        meta.getNamespace(),
        meta.getName(),
        ObjectFields.generation(source),
        meta.getUid(),
        "",
        suspended ? List.of("suspended") : List.of(),
        "",
        "");
  }

  /** Where files go that no spec has room for. */
  AppContents contents() {
    return tools.contents();
  }

  /** A file that a source of the namespace has; empty if none has it at hand. */
  private Optional<byte[]> content(String namespace, FileContent.Kept kept) {
    return loops.entrySet().stream()
        .filter(it -> it.getKey().startsWith(namespace + "/"))
        .flatMap(it -> it.getValue().content(kept).stream())
        .findFirst();
  }

  private Set<String> uids() {
    return Stream.concat(
            objects.values().stream().map(source -> source.getMetadata().getUid()),
            leftOut.stream())
        .collect(Collectors.toSet());
  }

  /** Ends all threads. What has been applied stays. */
  @Override
  public synchronized void close() {
    informers.forEach(SharedIndexInformer::close);
    informers.clear();
    synchronized (begins) {
      isClosed = true;
      loops.values().forEach(SourceLoop::close);
      ending.addAll(loops.values());
      loops.clear();
    }
    objects.clear();
    tools.workers().close();
    tools.contents().close();
    tools.events().close();
  }

  /** Waits until nothing is under way any more after a close: until then clones are written to. */
  synchronized void awaitEnd() {
    ending.forEach(SourceLoop::awaitEnd);
    ending.clear();
  }

  /** Where pushes go while this operator follows the sources. */
  PushTarget pushes() {
    return new PushTarget() {
      @Override
      public boolean isReady() {
        return true;
      }

      @Override
      public Optional<PushSource> find(String namespace, String name) {
        return Optional.ofNullable(objects.get(namespace + "/" + name)).map(PushSource::of);
      }

      @Override
      public boolean look(String namespace, String name) {
        Optional.ofNullable(loops.get(namespace + "/" + name)).ifPresent(SourceLoop::look);
        return true;
      }
    };
  }

  private void seen(GenericKubernetesResource full) {
    Optional<GenericKubernetesResource> bounded = SourceObjects.bounded(full);
    if (bounded.isEmpty()) {
      leaveOut(full.getMetadata());
      return;
    }
    GenericKubernetesResource source = bounded.get();
    leftOut.remove(ObjectFields.text(source.getMetadata().getUid()));
    ObjectMeta meta = source.getMetadata();
    String key = meta.getNamespace() + "/" + meta.getName();
    Optional<GenericKubernetesResource> before = Optional.ofNullable(objects.put(key, source));
    before
        .filter(it -> !it.getMetadata().getUid().equals(meta.getUid()))
        .ifPresent(
            other -> {
              forget(key, other);
              objects.put(key, source);
            });
    Optional<SourceLoop> loop = loop(key, meta);
    if (loop.isPresent() && before.map(it -> isNews(it.getMetadata(), meta)).orElse(true)) {
      loop.get().wake();
    }
  }

  /** Its apps stay as they are; so does what was read of it before. */
  private void leaveOut(ObjectMeta meta) {
    if (leftOut.add(ObjectFields.text(meta.getUid()))) {
      LOG.warn(
          "source={}/{} action=skip reason={}", meta.getNamespace(), meta.getName(), TOO_LARGE);
      tools
          .events()
          .tell(
              new EventRecorder.Subject(
                  "GitSource", meta.getNamespace(), meta.getName(), meta.getUid()),
              EventRecorder.Severity.WARNING,
              Reason.INVALID_SPEC,
              TOO_LARGE);
    }
  }

  /**
   * The loop of the source, begun if there is none; empty after a close. The watch may still hand
   * on what it read before, and a loop that began then would write beside the next leader.
   */
  private Optional<SourceLoop> loop(String key, ObjectMeta meta) {
    synchronized (begins) {
      if (isClosed) {
        return Optional.empty();
      }
      return Optional.of(loops.computeIfAbsent(key, unused -> begin(key, meta)));
    }
  }

  private SourceLoop begin(String key, ObjectMeta meta) {
    var begun =
        new SourceLoop(
            tools,
            meta.getNamespace(),
            meta.getName(),
            () -> Optional.ofNullable(objects.get(key)),
            clones,
            meta.getUid());
    begun.start();
    return begun;
  }

  /** False if only the status is another one, which is written here. */
  private static boolean isNews(ObjectMeta before, ObjectMeta now) {
    return !Objects.equals(before.getGeneration(), now.getGeneration())
        || !Objects.equals(before.getAnnotations(), now.getAnnotations())
        || !Objects.equals(before.getDeletionTimestamp(), now.getDeletionTimestamp())
        || !Objects.equals(before.getFinalizers(), now.getFinalizers());
  }

  private void forget(String key, GenericKubernetesResource source) {
    objects.remove(key);
    SourceLoop loop = loops.remove(key);
    String uid = ObjectFields.text(source.getMetadata().getUid());
    leftOut.remove(uid);
    tools.workers().forget(uid);
    if (loop == null) {
      clones.delete(uid);
      return;
    }
    loop.close();
    // Not here: this is the thread of the watch.
    Thread.startVirtualThread(
        () -> {
          loop.awaitEnd();
          tools.room().forget(uid);
          clones.delete(uid);
        });
  }

  private final class Handler implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource source) {
      seen(source);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
      seen(now);
    }

    @Override
    public void onDelete(GenericKubernetesResource source, boolean unknownFinalState) {
      String key = source.getMetadata().getNamespace() + "/" + source.getMetadata().getName();
      // Of one that went while nothing was watched only the name is known here.
      forget(key, Optional.ofNullable(objects.get(key)).orElse(source));
    }
  }
}
