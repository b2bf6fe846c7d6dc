package dev.sandbar.bench;

import static dev.sandbar.bench.ManyApps.APPS;
import static dev.sandbar.bench.ManyApps.SOURCES;
import static dev.sandbar.bench.ManyApps.manifest;
import static dev.sandbar.bench.ManyApps.name;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.operator.gitsource.GitSourceConfig;
import dev.sandbar.operator.gitsource.GitSources;
import dev.sandbar.source.git.GitReach;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** A repository of many apps, applied to a real API server on this machine. */
final class GitSourceBenchmark {
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
  private static final int ROUNDS = 10;
  // Longer than the JVM keeps a connection that nobody uses.
  private static final long IDLE_MILLIS = 6_000;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(3);

  private final int apps;
  private final AtomicInteger requests = new AtomicInteger();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /** When the watch of the benchmark saw the last change of each app, and its version. */
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  /** When the watch of the benchmark saw the status answer each request. */
  private final Map<String, Long> handled = new ConcurrentHashMap<>();

  private record Seen(long nanos, String version, String spec, boolean there) {}

  GitSourceBenchmark(int apps) {
    this.apps = apps;
  }

  void run() throws Exception {
    Path temp = Files.createTempDirectory("sandbar-bench");
    try (var cluster = new Cluster();
        KubernetesClient client = cluster.client(new AtomicInteger());
        KubernetesClient operator = cluster.client(requests);
        HttpsGitServer git =
            HttpsGitServer.start(Files.createDirectories(temp.resolve("served")))) {
      var repository = TestRepository.create(temp.resolve("served/repo"));
      var bench = new Run(cluster, client, git, repository, temp);
      bench.bare();
      var sources =
          new GitSources(
              operator,
              Clock.systemUTC(),
              registry,
              GitSourceConfig.of(List.of(), temp.resolve("cache"))
                  .withReach(GitReach.OTHER_MACHINES.withLoopback()));
      try (sources) {
        sources.start();
        bench.createAll();
        bench.unchanged();
        bench.oneChanged();
        bench.drift();
      }
    } finally {
      Folders.delete(temp);
    }
  }

  /** One run on one cluster. */
  private final class Run {
    private final Cluster cluster;
    private final KubernetesClient client;
    private final HttpsGitServer git;
    private final TestRepository repository;
    private final Path temp;
    private final String namespace;

    Run(
        Cluster cluster,
        KubernetesClient client,
        HttpsGitServer git,
        TestRepository repository,
        Path temp) {
      this.cluster = cluster;
      this.client = client;
      this.git = git;
      this.repository = repository;
      this.temp = temp;
      this.namespace = cluster.api.newNamespace("bench");
    }

    /** The same writes by a bare loop of eight. */
    void bare() throws Exception {
      String other = cluster.api.newNamespace("bare");
      double cpu = cluster.cpu();
      long began = System.nanoTime();
      var free = new java.util.concurrent.Semaphore(8);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < apps; i++) {
          String name = name(i);
          threads.submit(
              () -> {
                free.acquire();
                try {
                  GenericKubernetesResource app =
                      client
                          .getKubernetesSerialization()
                          .unmarshal(manifest(name, "false"), GenericKubernetesResource.class);
                  app.getMetadata().setNamespace(other);
                  client
                      .genericKubernetesResources(APPS)
                      .inNamespace(other)
                      .resource(app)
                      .fieldManager("bare")
                      .serverSideApply();
                } finally {
                  free.release();
                }
                return true;
              });
        }
      }
      Report.say(
          "gitsource: bare loop of %d applies, 8 at a time: %.2f s, %.1f s of API server, load %s",
          apps, seconds(began), cluster.cpu() - cpu, Report.load());
    }

    void createAll() throws Exception {
      for (int i = 0; i < apps; i++) {
        repository.write("apps/" + name(i) + ".yaml", manifest(name(i), "false"));
      }
      String revision = repository.commit();
      watch();
      double cpu = cluster.cpu();
      requests.set(0);
      long began = System.nanoTime();
      cluster.api.kubectl().apply(source()).orThrow();
      await(() -> seen.size() >= apps);
      double all = seconds(began);
      await(() -> status("lastAppliedRevision").endsWith(revision));
      Report.say(
          "gitsource: create all %d: last one after %.2f s, Ready after %.2f s, %d requests, %.1f s"
              + " of API server, load %s",
          apps, all, seconds(began), requests.get(), cluster.cpu() - cpu, Report.load());
      Report.say(
          "- Flux 1.9.6, 2 cores, default flags: 8.60 s, 3,027 requests, 7.8 s of API server");
    }

    void unchanged() throws Exception {
      for (int i = 0; i < 5; i++) {
        reconcile();
      }
      unchanged("at once after another", 0);
      // The connection to the Git server has been closed by then, as with any usual interval.
      unchanged("after " + IDLE_MILLIS / 1000 + " s of rest", IDLE_MILLIS);
      Report.say(
          "- Flux 1.9.6, 2 cores, default flags: 6,900 ms, 2,013 requests, 7.0 s of API server");
    }

    private void unchanged(String when, long idleMillis) throws Exception {
      var took = new ArrayList<Double>();
      var seenAfter = new ArrayList<Double>();
      var git = new ArrayList<Double>();
      var counts = new ArrayList<Double>();
      double cpu = 0;
      for (int i = 0; i < ROUNDS; i++) {
        Thread.sleep(idleMillis);
        requests.set(0);
        double before = total();
        double api = cluster.cpu();
        long server = this.git.servingNanos();
        seenAfter.add(reconcile());
        cpu += cluster.cpu() - api;
        git.add((this.git.servingNanos() - server) / 1e6);
        took.add((total() - before) * 1e3);
        counts.add((double) requests.get());
      }
      var numbers = new Numbers(took);
      Report.say(
          "gitsource: nothing changed, %d apps, %s, ms: %s, of which the Git server %s; from the"
              + " annotation to the status event %s; %.3f s of API server each, load %s",
          apps,
          when,
          numbers.spread("%.0f"),
          new Numbers(git).spread("%.0f"),
          new Numbers(seenAfter).spread("%.0f"),
          cpu / ROUNDS,
          Report.load());
      Report.goal(
          "nothing changed, " + when + ": a reconcile, Git asked", numbers.median(), "ms", 50);
      Report.goal("- requests to the API server, at most", new Numbers(counts).most(), "", 3);
    }

    void oneChanged() throws Exception {
      var fromFetch = new ArrayList<Double>();
      var fromCommit = new ArrayList<Double>();
      for (int i = 0; i < ROUNDS; i++) {
        String app = name(i * 7 % apps);
        repository.write("apps/" + app + ".yaml", manifest(app, "true"));
        repository.git("add", "apps/" + app + ".yaml");
        long[] fetched = new long[1];
        git.interception =
            exchange -> {
              fetched[0] = System.nanoTime();
              return false;
            };
        String before = seen(app).version();
        repository.commit();
        long committed = System.nanoTime();
        request();
        await(() -> !seen(app).version().equals(before));
        fromFetch.add((seen(app).nanos() - fetched[0]) / 1e6);
        fromCommit.add((seen(app).nanos() - committed) / 1e6);
      }
      var numbers = new Numbers(fromFetch);
      Report.say(
          "gitsource: one of %d changed, ms from the last request to Git to the watch event: %s; from"
              + " the commit: %s, load %s",
          apps, numbers.spread("%.0f"), new Numbers(fromCommit).spread("%.0f"), Report.load());
      Report.goal("one changed: applied after the fetch", numbers.median(), "ms", 300);
      Report.say("- Flux 1.9.6, 2 cores, default flags: 6,980 ms from the push");
    }

    private Seen seen(String app) {
      return Objects.requireNonNull(seen.get(app), app);
    }

    void drift() throws Exception {
      drift("a field that Git names", "{\"spec\":{\"run\":{\"command\":[\"/bin/false\"]}}}");
      drift("a field that Git does not name", "{\"spec\":{\"permissions\":{\"jit\":true}}}");
      drift("deleted", "");
      Report.say(
          "- Flux 1.9.6: 6,860 ms when asked, else at the next interval; a field that Git does not"
              + " name: never");
    }

    private void drift(String what, String patch) throws Exception {
      var took = new ArrayList<Double>();
      for (int i = 0; i < ROUNDS * 2; i++) {
        String app = name((what.length() * 31 + i * 3 + 100) % apps);
        Seen good = seen(app);
        long began = System.nanoTime();
        var resource = client.genericKubernetesResources(APPS).inNamespace(namespace).withName(app);
        if (patch.isEmpty()) {
          resource.delete();
        } else {
          resource.patch(MERGE, patch);
        }
        await(
            () -> {
              Seen now = seen(app);
              return now.there()
                  && now.spec().equals(good.spec())
                  && now.nanos() > began
                  && !now.version().equals(good.version());
            });
        took.add((seen(app).nanos() - began) / 1e6);
      }
      var numbers = new Numbers(took);
      Report.say(
          "gitsource: drift, %s, ms until put back: %s, p99 %.0f, load %s",
          what, numbers.spread("%.0f"), numbers.percentile(99), Report.load());
      Report.goal("drift, " + what + ": put back", numbers.percentile(99), "ms", 1000);
    }

    private void watch() {
      watch(
          APPS,
          (action, app) ->
              seen.put(
                  app.getMetadata().getName(),
                  new Seen(
                      System.nanoTime(),
                      app.getMetadata().getResourceVersion(),
                      String.valueOf(app.getAdditionalProperties().get("spec")),
                      action != Watcher.Action.DELETED)));
      watch(
          SOURCES,
          (action, source) -> {
            if (source.getAdditionalProperties().get("status") instanceof Map<?, ?> status) {
              handled.putIfAbsent(
                  String.valueOf(status.get("lastHandledReconcileAt")), System.nanoTime());
            }
          });
    }

    private void watch(
        ResourceDefinitionContext kind,
        BiConsumer<Watcher.Action, GenericKubernetesResource> event) {
      client
          .genericKubernetesResources(kind)
          .inNamespace(namespace)
          .watch(
              new Watcher<>() {
                @Override
                public void eventReceived(Action action, GenericKubernetesResource object) {
                  event.accept(action, object);
                }

                @Override
                public void onClose(WatcherException cause) {
                  throw new IllegalStateException("the watch of the benchmark", cause);
                }
              });
    }

    private String source() throws IOException {
      String ca = Files.readString(Path.of(HttpsGitServer.caFile(temp.resolve("served"))));
      return """
          apiVersion: v1
          kind: Secret
          metadata: {name: git, namespace: %1$s}
          stringData:
            ca.crt: "%2$s"
          ---
          apiVersion: sandbar.dev/v1alpha1
          kind: GitSource
          metadata: {name: fleet, namespace: %1$s}
          spec: {url: %3$s, interval: 1h, timeout: 5m, secretRef: {name: git}}
          """
          .formatted(namespace, ca.replace("\n", "\\n"), git.url("repo"));
    }

    private String request() {
      String at = String.valueOf(System.nanoTime());
      var source = new GenericKubernetesResource();
      source.setApiVersion("sandbar.dev/v1alpha1");
      source.setKind("GitSource");
      source.setMetadata(
          new ObjectMetaBuilder().withNamespace(namespace).withName("fleet").build());
      client
          .genericKubernetesResources(SOURCES)
          .inNamespace(namespace)
          .resource(source)
          .patch(
              MERGE,
              "{\"metadata\":{\"annotations\":{\"sandbar.dev/requestedAt\":\"" + at + "\"}}}");
      return at;
    }

    /** Asks for one; milliseconds until the watch has told of the answer. */
    private double reconcile() throws Exception {
      long began = System.nanoTime();
      String at = request();
      await(() -> handled.containsKey(at));
      Thread.sleep(50); // what comes after the status is measured too
      return (Objects.requireNonNull(handled.get(at), at) - began) / 1e6;
    }

    private String status(String field) {
      var source =
          client.genericKubernetesResources(SOURCES).inNamespace(namespace).withName("fleet").get();
      return source.getAdditionalProperties().get("status") instanceof Map<?, ?> status
          ? String.valueOf(status.get(field))
          : "";
    }
  }

  private double total() {
    return registry.find("sandbar.gitsource.reconcile.duration").timers().stream()
        .mapToDouble(it -> it.totalTime(TimeUnit.SECONDS))
        .sum();
  }

  private static void await(BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IOException("what was waited for has not come ");
      }
      Thread.sleep(5);
    }
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
