package dev.sandbar.bench;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.Json;
import dev.sandbar.source.text.JsonWriter;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many light agents in this process, a real API server, and the operator as it is shipped. */
final class FleetBenchmark {
  private static final int APPS = 5;
  private static final int AT_ONCE = 16;
  private static final int ROUNDS = 3;
  private static final int ROUNDS_OF_MANY = 1;
  private static final int WATCHES_EACH = 80;
  private static final int USUAL_HEAP_ENOUGH = 2_000;

  /** As in a pod whose memory limit is 512 MiB. */
  private static final String LARGE_HEAP = "192m";

  private static final String OBJECTS = "/apis/sandbar.dev/v1alpha1/namespaces/";
  private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/";

  private final int devices;
  private final List<LightAgent> agents = new CopyOnWriteArrayList<>();
  private final AtomicInteger lostWatches = new AtomicInteger();
  private volatile boolean ending;

  FleetBenchmark(int devices) {
    this.devices = devices;
  }

  void run() throws Exception {
    Path temp = Files.createTempDirectory("sandbar-bench");
    try (var cluster = new Cluster()) {
      Config config = Config.fromKubeconfig(Files.readString(cluster.api.kubeconfig()));
      config.setClientKeyAlgo("EC");
      String namespace = cluster.api.newNamespace("fleet");
      String bare = cluster.api.newNamespace("bare");
      String heap = devices > USUAL_HEAP_ENOUGH ? LARGE_HEAP : "";
      Report.say(
          "fleet: %d light agents, %d apps each, operator heap %s, all as the admin of the cluster",
          devices, APPS, heap.isEmpty() ? "as shipped" : heap);
      try (var api = new ApiConnections(config, AT_ONCE, AT_ONCE);
          var beats = new ApiConnections(config, 4, 200);
          var watches = new ApiConnections(config, 1 + devices / WATCHES_EACH, 1);
          var threads = Executors.newVirtualThreadPerTaskExecutor();
          var operator = new MeasuredOperator(cluster.api.kubeconfig(), namespace, temp, heap)) {
        var run = new Run(cluster, api, beats, watches, threads, operator, namespace, bare);
        try {
          run.all();
        } finally {
          ending = true;
          List<Runnable> _ = threads.shutdownNow();
        }
      }
    } finally {
      Folders.delete(temp);
    }
  }

  /** One run on one cluster. */
  private final class Run {
    private final Cluster cluster;
    private final ApiConnections api;
    private final ApiConnections beats;
    private final ApiConnections watches;
    private final java.util.concurrent.ExecutorService threads;
    private final MeasuredOperator operator;
    private final String namespace;
    private final String bare;
    private final String facts;
    private final FleetAtRest rest;
    private long generation = 1;

    Run(
        Cluster cluster,
        ApiConnections api,
        ApiConnections beats,
        ApiConnections watches,
        java.util.concurrent.ExecutorService threads,
        MeasuredOperator operator,
        String namespace,
        String bare) {
      this.cluster = cluster;
      this.api = api;
      this.beats = beats;
      this.watches = watches;
      this.threads = threads;
      this.operator = operator;
      this.namespace = namespace;
      this.bare = bare;
      this.rest = new FleetAtRest(cluster, api, operator, agents);
      Node reported =
          NodeBinder.write(ReportedFacts.of(ReferenceDevice.facts(), LightAgent.TABLE, "bench"));
      this.facts = JsonWriter.compact(Json.object("status", Json.object("facts", reported)));
    }

    void all() throws Exception {
      rest.floor();
      for (int i = 0; i < APPS; i++) {
        String _ =
            api.send(
                "POST", OBJECTS + namespace + "/appsandboxes", ApiConnections.JSON, app(i, "1"));
      }
      int first = devices / 4;
      enrol(0, first);
      settle();
      double few = Processes.memory(operator.pid(), "VmRSS");
      double fewLive = operator.liveHeap();
      enrol(first, devices);
      settle();
      double many = Processes.memory(operator.pid(), "VmRSS");
      double manyLive = operator.liveHeap();
      Report.say(
          "fleet: operator resident %.0f MiB at %d, %.0f MiB at %d, highest %.0f MiB;"
              + " in use after a full collection %.1f and %.1f MiB",
          few, first, many, devices, Processes.memory(operator.pid(), "VmHWM"), fewLive, manyLive);
      double more = (devices - first) / 1024.0;
      Report.goal("fleet: operator resident, each further device", (many - few) / more, "KiB", 20);
      Report.goal("fleet: - in use, each further device", (manyLive - fewLive) / more, "KiB", 20);
      rest.awaitPace();
      settle();
      rest.steady();
      changes();
      double most = Processes.memory(operator.pid(), "VmHWM");
      Report.goal("fleet: operator resident, highest of the whole run", most, "MiB", 256);
      Report.say(
          "fleet: watches that broke: %d; requests sent again because the server was too busy: %d",
          lostWatches.get(), api.repeated() + beats.repeated());
    }

    /** Makes these devices, and waits until all have their bundle and have acknowledged it. */
    void enrol(int from, int to) throws Exception {
      Traffic before = traffic();
      double cpu = cluster.cpu();
      double own = Processes.cpu(operator.pid());
      long began = System.nanoTime();
      parallel(from, to, this::device);
      double made = seconds(began);
      awaitGeneration(1);
      Report.say(
          "fleet: %d devices made in %.1f s, all bundles acknowledged after %.1f s; processor time:"
              + " API server %.1f s, operator %.1f s; load %s",
          to - from,
          made,
          seconds(began),
          cluster.cpu() - cpu,
          Processes.cpu(operator.pid()) - own,
          Report.load());
      Report.say("fleet: - requests %s", traffic().since(before));
    }

    private void device(int i) throws Exception {
      String name = name(i);
      String _ =
          api.send(
              "POST",
              OBJECTS + namespace + "/devices",
              ApiConnections.JSON,
              """
              {"apiVersion":"sandbar.dev/v1alpha1","kind":"Device","metadata":{"name":"%s",
              "labels":{"site":"berlin","role":"pump","line":"%d"}},"spec":{}}"""
                  .formatted(name, i % 10));
      String _ =
          api.send(
              "POST",
              LEASES + namespace + "/leases",
              ApiConnections.JSON,
              """
              {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"%1$s",
              "labels":{"sandbar.dev/device":"%1$s"}},
              "spec":{"leaseDurationSeconds":30,"holderIdentity":"%1$s"}}"""
                  .formatted(name));
      String _ =
          api.send(
              "PATCH",
              OBJECTS + namespace + "/devices/" + name + "/status",
              ApiConnections.MERGE,
              facts);
      var agent = new LightAgent(api, beats, namespace, name, "app-0");
      agents.add(agent);
      watch(agent);
      var _ = threads.submit(agent::beat);
    }

    /** Watches, and again when the server ends it. */
    private void watch(LightAgent agent) {
      var _ =
          watches
              .watch(agent.watchPath(), agent::heard)
              .whenComplete(
                  (answer, failure) -> {
                    if (!ending) {
                      if (lostWatches.getAndIncrement() < 3) {
                        Report.say("fleet: a watch ended: %s", failure == null ? answer : failure);
                      }
                      var later = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, threads);
                      later.execute(() -> watch(agent));
                    }
                  });
    }

    /** A changed app in all bundles and acknowledged, and the same writes by a bare loop. */
    void changes() throws Exception {
      Node sample = bundle();
      String spec = Json.at(sample, "spec").map(JsonWriter::compact).orElseThrow();
      Node apps = Json.at(sample, "spec", "apps").orElseThrow();
      parallel(
          0,
          devices,
          i -> {
            String _ =
                api.send(
                    "POST",
                    LightAgent.bundles(bare),
                    ApiConnections.JSON,
                    """
                    {"apiVersion":"sandbar.dev/v1alpha1","kind":"DeviceBundle",
                    "metadata":{"name":"%s"},"spec":%s}"""
                        .formatted(name(i), spec));
            acknowledgeBare(i, apps);
          });
      settle();
      var ratios = new ArrayList<Double>();
      int rounds = devices > USUAL_HEAP_ENOUGH ? ROUNDS_OF_MANY : ROUNDS;
      for (int round = 0; round < rounds; round++) {
        double found = change();
        settle();
        double floor = bareLoop();
        ratios.add(found / floor);
        Report.say("fleet: round %d: %.2fx of the bare loop", round + 1, found / floor);
      }
      Sample all = new Sample(ratios);
      Report.say("fleet: ratio %s", all.spread("%.2f"));
      Report.goal("fleet: a change in all bundles and acknowledged", all.median(), "x", 1.5);
    }

    private double change() throws Exception {
      Traffic before = traffic();
      double cpu = cluster.cpu();
      double own = Processes.cpu(operator.pid());
      long began = System.nanoTime();
      generation++;
      String _ =
          api.send(
              "PATCH",
              OBJECTS + namespace + "/appsandboxes/app-0",
              ApiConnections.MERGE,
              "{\"spec\":{\"run\":{\"environment\":{\"ROUND\":\"" + generation + "\"}}}}");
      long last = awaitGeneration(generation);
      double took = (last - began) / 1e9;
      Report.say(
          "fleet: change acknowledged by all after %.2f s; processor time: API server %.1f s,"
              + " operator %.1f s; load %s; requests %s",
          took,
          cluster.cpu() - cpu,
          Processes.cpu(operator.pid()) - own,
          Report.load(),
          traffic().since(before));
      return took;
    }

    /** The same patches of the same size on as many bundles, and their reports. */
    private double bareLoop() throws Exception {
      Node apps = Json.at(bundle(), "spec", "apps").orElseThrow();
      String entry = Json.at(apps, "app-0").map(JsonWriter::compact).orElseThrow();
      String steps =
          """
          [{"op":"add","path":"/spec/apps/app-0","value":%s},
          {"op":"add","path":"/spec/digest","value":"%s"}]"""
              .formatted(entry, Bundle.digest(apps).hex());
      double cpu = cluster.cpu();
      long began = System.nanoTime();
      parallel(
          0,
          devices,
          i -> {
            String path = LightAgent.bundles(bare) + "/" + name(i);
            String _ = api.send("PATCH", path, ApiConnections.STEPS, steps);
            acknowledgeBare(i, apps);
          });
      double took = seconds(began);
      Report.say(
          "fleet: bare loop of the same %d patches and reports, %d at a time: %.2f s; API server"
              + " %.1f s; load %s",
          devices, AT_ONCE, took, cluster.cpu() - cpu, Report.load());
      return took;
    }

    private void acknowledgeBare(int i, Node apps) throws Exception {
      String _ =
          api.send(
              "PATCH",
              LightAgent.bundles(bare) + "/" + name(i) + "/status",
              ApiConnections.MERGE,
              LightAgent.report(apps, generation));
    }

    private Node bundle() throws Exception {
      return LightAgent.read(
          api.send("GET", LightAgent.bundles(namespace) + "/" + name(0), ApiConnections.JSON, ""));
    }

    private Traffic traffic() throws Exception {
      return Traffic.now(api);
    }

    /** Waits until nothing but Leases has been written for five seconds. */
    private void settle() throws Exception {
      long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
      Traffic before = traffic();
      while (System.nanoTime() < limit) {
        TimeUnit.SECONDS.sleep(5);
        Traffic now = traffic();
        if (now.since(before).writes(false) == 0) {
          return;
        }
        before = now;
      }
      Report.say("fleet: writes did not come to an end within 10 minutes");
    }

    /** Waits until all have acknowledged this generation of the app; when the last one did. */
    private long awaitGeneration(long wanted) throws Exception {
      long seconds = 900 + devices / 5;
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (agents.stream().anyMatch(it -> it.acknowledged().generation() < wanted)) {
        if (System.nanoTime() > limit) {
          throw new IOException("some devices have not acknowledged, load " + Report.load());
        }
        long _ = operator.pid();
        TimeUnit.MILLISECONDS.sleep(20);
      }
      return agents.stream().mapToLong(it -> it.acknowledged().nanos()).max().orElseThrow();
    }

    private void parallel(int from, int to, Parallel.Each each) throws Exception {
      new Parallel(threads, AT_ONCE).run(from, to, each);
    }
  }

  private static String name(int i) {
    return "device-%05d".formatted(i);
  }

  private static String app(int i, String round) {
    return """
        {"apiVersion":"sandbar.dev/v1alpha1","kind":"AppSandbox","metadata":{"name":"app-%d"},
        "spec":{"devices":{"matchLabels":{"site":"berlin","role":"pump"}},
        "run":{"command":["/usr/bin/pump-controller","--config","/etc/pump.toml","--padding","%s"],
        "environment":{"LOG_LEVEL":"info","ROUND":"%s"}},
        "permissions":{"internet":false,"state":true},
        "directives":{"MemoryMax":"64M"}}}"""
        .formatted(i, "x".repeat(500), round);
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
