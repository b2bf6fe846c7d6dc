package dev.sandbar.bench;

import static dev.sandbar.bench.ManyApps.APPS;
import static dev.sandbar.bench.ManyApps.manifest;
import static dev.sandbar.bench.ManyApps.name;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.operator.gitsource.GitSourceConfig;
import dev.sandbar.operator.gitsource.GitSources;
import dev.sandbar.source.git.GitReach;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A repository of many apps, applied to a real API server on this machine. */
final class GitSourceBenchmark {
  private static final int ROUNDS = 10;
  // Longer than the JVM keeps a connection that nobody uses.
  private static final long IDLE_MILLIS = 6_000;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(3);

  private final int apps;
  private final AtomicInteger requests = new AtomicInteger();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

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
    private final FollowedSource source;

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
      this.source = new FollowedSource(client, namespace);
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
      source.watch();
      double cpu = cluster.cpu();
      requests.set(0);
      long began = System.nanoTime();
      cluster.api.kubectl().apply(manifests()).orThrow();
      await(() -> source.apps() >= apps);
      double all = seconds(began);
      await(() -> source.status("lastAppliedRevision").endsWith(revision));
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
      unchanged("asked for after " + IDLE_MILLIS / 1000 + " s of rest", IDLE_MILLIS);
      byInterval();
      Report.say(
          "- Flux 1.9.6, 2 cores, default flags: 6,900 ms, 2,013 requests, 7.0 s of API server");
    }

    /** Nobody asks: the source looks by itself, and has no request to answer in its status. */
    private void byInterval() throws Exception {
      source.interval(IDLE_MILLIS / 1000 + "s");
      var took = new ArrayList<Double>();
      var counts = new ArrayList<Double>();
      for (int i = 0; i < ROUNDS + 1; i++) {
        double before = total();
        long count = reconciles();
        requests.set(0);
        await(() -> reconciles() > count);
        if (i > 0) { // the first answers the change of the interval
          took.add((total() - before) * 1e3);
          counts.add((double) requests.get());
        }
      }
      source.interval("1h");
      var numbers = new Sample(took);
      Report.say(
          "gitsource: nothing changed, %d apps, by an interval of %d s, ms: %s, load %s",
          apps, IDLE_MILLIS / 1000, numbers.spread("%.0f"), Report.load());
      Report.goal("nothing changed, by its interval: a reconcile", numbers.median(), "ms", 50);
      Report.goal("- requests to the API server, at most", new Sample(counts).most(), "", 3);
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
      var numbers = new Sample(took);
      Report.say(
          "gitsource: nothing changed, %d apps, %s, ms: %s, of which the Git server %s; from the"
              + " annotation to the status event %s; %.3f s of API server each, load %s",
          apps,
          when,
          numbers.spread("%.0f"),
          new Sample(git).spread("%.0f"),
          new Sample(seenAfter).spread("%.0f"),
          cpu / ROUNDS,
          Report.load());
      Report.goal(
          "nothing changed, " + when + ": a reconcile, Git asked", numbers.median(), "ms", 50);
      Report.goal("- requests to the API server, at most", new Sample(counts).most(), "", 3);
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
        String before = source.seen(app).version();
        repository.commit();
        long committed = System.nanoTime();
        source.request();
        await(() -> !source.seen(app).version().equals(before));
        fromFetch.add((source.seen(app).nanos() - fetched[0]) / 1e6);
        fromCommit.add((source.seen(app).nanos() - committed) / 1e6);
      }
      var numbers = new Sample(fromFetch);
      Report.say(
          "gitsource: one of %d changed, ms from the last request to Git to the watch event: %s;"
              + " from the commit: %s, load %s",
          apps, numbers.spread("%.0f"), new Sample(fromCommit).spread("%.0f"), Report.load());
      Report.goal("one changed: applied after the fetch", numbers.median(), "ms", 300);
      Report.say("- Flux 1.9.6, 2 cores, default flags: 6,980 ms from the push");
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
        FollowedSource.Seen good = source.seen(app);
        long began = System.nanoTime();
        var resource = client.genericKubernetesResources(APPS).inNamespace(namespace).withName(app);
        if (patch.isEmpty()) {
          resource.delete();
        } else {
          resource.patch(FollowedSource.MERGE, patch);
        }
        await(
            () -> {
              FollowedSource.Seen now = source.seen(app);
              return now.there()
                  && now.spec().equals(good.spec())
                  && now.nanos() > began
                  && !now.version().equals(good.version());
            });
        took.add((source.seen(app).nanos() - began) / 1e6);
      }
      var numbers = new Sample(took);
      Report.say(
          "gitsource: drift, %s, ms until put back: %s, p99 %.0f, load %s",
          what, numbers.spread("%.0f"), numbers.percentile(99), Report.load());
      Report.goal("drift, " + what + ": put back", numbers.percentile(99), "ms", 1000);
    }

    private String manifests() throws IOException {
      String ca = Files.readString(Path.of(HttpsGitServer.caFile(temp.resolve("served"))));
      return """
      apiVersion: v1
      kind: Secret
      metadata: {name: git, namespace: %1$s, labels: {sandbar.dev/git: "true"}}
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

    /** Asks for one; milliseconds until the watch has told of the answer. */
    private double reconcile() throws Exception {
      long began = System.nanoTime();
      String at = source.request();
      await(() -> source.handledAt(at).isPresent());
      Thread.sleep(50); // what comes after the status is measured too
      return (source.handledAt(at).orElseThrow() - began) / 1e6;
    }
  }

  private long reconciles() {
    return registry.find("sandbar.gitsource.reconcile.duration").timers().stream()
        .mapToLong(it -> it.count())
        .sum();
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
