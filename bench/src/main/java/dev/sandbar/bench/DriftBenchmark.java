package dev.sandbar.bench;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** From tampering with a device to the agent's report of it. */
final class DriftBenchmark {

  private static final int APPS = 20;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Edge edge;

  DriftBenchmark(Edge edge) {
    this.edge = edge;
  }

  /** What is done to an app. */
  enum Kind {
    FILE_EDIT,
    DROP_IN,
    STOP,
    MASK
  }

  /**
   * One case, in milliseconds.
   *
   * @param fromStart from before the call that tampers to the report
   * @param fromEnd from when that call had returned; the report may come before
   */
  record Latency(double fromStart, double fromEnd) {}

  void run(int each) throws IOException, InterruptedException {
    edge.settings("5s");
    edge.clear();
    edge.fleet().apps(APPS);
    try (StatusWatch watch = edge.watch();
        Systemd systemd = DbusSystemd.connect("unix:path=" + edge.device().busSocket())) {
      RunningProgram agent = edge.agent("", "5s");
      try {
        watch.await(status -> status.applied() == APPS, LIMIT);
        Thread.sleep(8_000);
        measure(each, watch, systemd);
        silent(watch);
      } finally {
        Edge.stop(agent);
        edge.clear();
      }
    }
  }

  private void measure(int each, StatusWatch watch, Systemd systemd)
      throws IOException, InterruptedException {
    Map<Kind, List<Latency>> found = new EnumMap<>(Kind.class);
    var all = new ArrayList<Latency>();
    for (int i = 0; i < each; i++) {
      for (Kind kind : Kind.values()) {
        Latency latency =
            one(kind, (i * Kind.values().length + kind.ordinal()) % APPS, watch, systemd);
        found.computeIfAbsent(kind, _ -> new ArrayList<>()).add(latency);
        all.add(latency);
      }
    }
    Report.say("drift: %d apps, %d of each kind, load %s", APPS, each, Report.load());
    found.forEach((kind, latencies) -> line(kind.toString(), latencies));
    line("all", all);
    Report.goal(
        "drift that is signalled: report after the call, p99",
        from(all, Latency::fromEnd).percentile(99),
        "ms",
        100);
    Report.goal(
        "- from before the call, p99", from(all, Latency::fromStart).percentile(99), "ms", 100);
  }

  private static Sample from(
      List<Latency> latencies, java.util.function.ToDoubleFunction<Latency> which) {
    return new Sample(latencies.stream().map(which::applyAsDouble).toList());
  }

  private static void line(String what, List<Latency> latencies) {
    Sample start = from(latencies, Latency::fromStart);
    Sample end = from(latencies, Latency::fromEnd);
    Report.say(
        "  %-9s ms after the call: p50 %5.1f p99 %5.1f most %5.1f; from before it: p50 %5.1f p99 %5.1f most %5.1f",
        what,
        end.median(),
        end.percentile(99),
        end.most(),
        start.median(),
        start.percentile(99),
        start.most());
  }

  private Latency one(Kind kind, int number, StatusWatch watch, Systemd systemd)
      throws IOException, InterruptedException {
    String app = BenchRepository.app(number);
    var unit = new UnitName("sandbar-" + app + ".service");
    Path folder = edge.device().root().resolve("etc/systemd/system");
    Path file = folder.resolve(unit.value());
    Path aside = folder.resolve("." + unit.value());
    Path dropIns = folder.resolve(unit.value() + ".d");
    byte[] text = Files.readAllBytes(file);
    FileTime time = Files.getLastModifiedTime(file);
    // At any time of a sweep and of a poll.
    Thread.sleep(100 + ThreadLocalRandom.current().nextInt(200));
    long begun = System.nanoTime();
    switch (kind) {
      case FILE_EDIT -> Files.writeString(file, "# changed\n", StandardOpenOption.APPEND);
      case DROP_IN -> {
        Files.createDirectory(dropIns);
        Files.writeString(dropIns.resolve("zz.conf"), "[Service]\nPrivateNetwork=no\n");
      }
      case STOP -> systemd.run(List.of(new Job(Verb.STOP, unit)), LIMIT);
      case MASK -> {
        Files.move(file, aside);
        Files.createSymbolicLink(file, Path.of("/dev/null"));
      }
    }
    long done = System.nanoTime();
    StatusWatch.Seen seen = watch.await(status -> status.drifted(app), LIMIT);
    var latency = new Latency((seen.at() - begun) / 1e6, Math.max(0, (seen.at() - done) / 1e6));
    switch (kind) {
      case FILE_EDIT -> {
        Files.write(file, text);
        Files.setLastModifiedTime(file, time);
      }
      case DROP_IN -> Folders.delete(dropIns);
      case STOP -> systemd.run(List.of(new Job(Verb.START, unit)), LIMIT);
      case MASK -> Files.move(aside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    watch.await(status -> !status.anyDrifted(), LIMIT);
    return latency;
  }

  /** systemd tells nobody when a property of a slice is set; the sweep finds it. */
  private void silent(StatusWatch watch) throws IOException, InterruptedException {
    var found = new ArrayList<Double>();
    for (int i = 0; i < 5; i++) {
      Thread.sleep(ThreadLocalRandom.current().nextInt(5_000));
      long begun = System.nanoTime();
      edge.run(
          LIMIT,
          "systemctl",
          "set-property",
          "--runtime",
          "sandbar.slice",
          "IPAddressAllow=192.0.2.7");
      StatusWatch.Seen seen = watch.await(Status::anyDrifted, LIMIT);
      found.add((seen.at() - begun) / 1e9);
      edge.script("rm -rf /run/systemd/system.control/sandbar.slice.d; systemctl daemon-reload");
      watch.await(status -> !status.anyDrifted(), LIMIT);
    }
    Report.say("silent drift (a property of the slice), s: %s", new Sample(found).spread("%.2f"));
    Report.goal(
        "silent drift: one sweep of 5 s and its round, most", new Sample(found).most(), "s", 5.2);
  }
}
