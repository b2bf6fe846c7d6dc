package dev.sandbar.bench;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.operator.gitsource.GitSourceConfig;
import dev.sandbar.operator.gitsource.GitSources;
import dev.sandbar.source.git.GitReach;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
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
import java.util.function.BooleanSupplier;

/** A repository of many apps, applied to a real API server on this machine. */
final class GitSourceBenchmark {
  private static final ResourceDefinitionContext APPS = kind("AppSandbox", "appsandboxes");
  private static final ResourceDefinitionContext SOURCES = kind("GitSource", "gitsources");
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
  private static final int ROUNDS = 10;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(3);

  private final int apps;
  private final AtomicInteger requests = new AtomicInteger();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /** When the watch of the benchmark saw the last change of each app, and its version. */
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

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
      var took = new ArrayList<Double>();
      var counts = new ArrayList<Double>();
      double cpu = cluster.cpu();
      for (int i = 0; i < ROUNDS; i++) {
        requests.set(0);
        double before = total();
        reconcile();
        took.add((total() - before) * 1e3);
        counts.add((double) requests.get());
      }
      double used = (cluster.cpu() - cpu) / ROUNDS;
      var numbers = new Numbers(took);
      Report.say(
          "gitsource: nothing changed, %d apps, ms: %s, %.3f s of API server each (annotation and"
              + " the benchmark's own polling included), load %s",
          apps, numbers.spread("%.0f"), used, Report.load());
      Report.goal("nothing changed: a reconcile, Git asked", numbers.median(), "ms", 50);
      Report.goal("- requests to the API server, at most", new Numbers(counts).most(), "", 3);
      Report.say(
          "- Flux 1.9.6, 2 cores, default flags: 6,900 ms, 2,013 requests, 7.0 s of API server");
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
      client
          .genericKubernetesResources(APPS)
          .inNamespace(namespace)
          .watch(
              new Watcher<>() {
                @Override
                public void eventReceived(Action action, GenericKubernetesResource app) {
                  seen.put(
                      app.getMetadata().getName(),
                      new Seen(
                          System.nanoTime(),
                          app.getMetadata().getResourceVersion(),
                          String.valueOf(app.getAdditionalProperties().get("spec")),
                          action != Action.DELETED));
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
      client
          .genericKubernetesResources(SOURCES)
          .inNamespace(namespace)
          .withName("fleet")
          .patch(
              MERGE,
              "{\"metadata\":{\"annotations\":{\"sandbar.dev/requestedAt\":\"" + at + "\"}}}");
      return at;
    }

    private void reconcile() throws Exception {
      String at = request();
      await(() -> status("lastHandledReconcileAt").equals(at));
      // Measured and logged after the status.
      Thread.sleep(50);
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

  private static String name(int i) {
    return "app-%04d".formatted(i);
  }

  /** Some two kilobytes, as a real app has with its comments and hatches. */
  private static String manifest(String name, String internet) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          devices: {matchLabels: {site: berlin, role: pump}}
          run:
            command: [/usr/bin/pump-controller, --config, /etc/pump.toml, --padding, "%s"]
            environment: {LOG_LEVEL: info}
          permissions: {internet: %s, state: true}
          systemCalls: {deny: ["@reboot", "@module", "@mount"]}
          directives: {MemoryMax: 64M}
        """
        .formatted(name, "x".repeat(1500), internet);
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

  private static ResourceDefinitionContext kind(String kind, String plural) {
    return new ResourceDefinitionContext.Builder()
        .withGroup("sandbar.dev")
        .withVersion("v1alpha1")
        .withKind(kind)
        .withPlural(plural)
        .withNamespaced(true)
        .build();
  }
}
