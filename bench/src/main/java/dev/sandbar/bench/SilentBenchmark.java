package dev.sandbar.bench;

import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Drift that nothing signals, with the settings that hold by default: what looking for it costs at
 * rest, and how soon it is found.
 */
final class SilentBenchmark {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int ROUNDS = 4;
  private static final int CHECKS = 60;
  private static final Duration SWEEP = Duration.ofMinutes(30);

  /** The methods that run at every check are compiled by then. */
  private static final Duration WARM = Duration.ofMinutes(2);

  private final Edge edge;

  /**
   * One way to change a running app behind the back of systemd.
   *
   * @param script P is its main process, G its control group, U its unit
   */
  private record Tampering(String name, String script, String cure) {}

  private static final List<Tampering> ALL =
      List.of(
          new Tampering("mount", "nsenter -t $P -m mount --bind /etc /mnt", "systemctl restart $U"),
          new Tampering(
              "remount", "nsenter -t $P -m mount -o remount,bind,rw /", "systemctl restart $U"),
          new Tampering(
              "options",
              "nsenter -t $P -m mount -o remount,hidepid=0 /proc",
              "systemctl restart $U"),
          new Tampering(
              "freeze",
              "echo 1 >/sys/fs/cgroup$G/cgroup.freeze",
              "echo 0 >/sys/fs/cgroup$G/cgroup.freeze"),
          new Tampering(
              "moved",
              "mkdir -p /sys/fs/cgroup/elsewhere; echo $P >/sys/fs/cgroup/elsewhere/cgroup.procs",
              "systemctl restart $U"),
          new Tampering("stopped", "kill -STOP $P", "kill -CONT $P"));

  SilentBenchmark(Edge edge) {
    this.edge = edge;
  }

  void run(int apps) throws IOException, InterruptedException {
    edge.clear();
    edge.fleet().apps(apps);
    try (StatusWatch watch = edge.watch()) {
      // The first life records the cache of classes that each later one uses.
      edge.settings("30m", "1s");
      RunningProgram first = edge.agent("", "1h");
      watch.await(status -> status.applied() == apps, LIMIT);
      Thread.sleep(8_000);
      checks(apps, watch, first.pid());
      Edge.stop(first);
      edge.settings("30m", "30s");
      RunningProgram agent = edge.agent("", "1h");
      try {
        watch.await(status -> status.applied() == apps, LIMIT);
        Thread.sleep(WARM);
        rest(apps, agent.pid());
        found(watch);
      } finally {
        Edge.stop(agent);
        edge.clear();
      }
    }
  }

  /** What each check costs, when it comes every second. */
  private void checks(int apps, StatusWatch watch, long agent)
      throws IOException, InterruptedException {
    for (int i = 0; i < CHECKS; i++) {
      next(watch);
    }
    double before = FootprintBenchmark.cpuSeconds(agent);
    double systemd = FootprintBenchmark.cpuSeconds(edge.device().pid());
    double bus = busSeconds();
    for (int i = 0; i < CHECKS; i++) {
      next(watch);
    }
    double each = 1e3 / CHECKS;
    Report.say(
        "a check of %d apps, of which nothing has changed, processor time, ms: agent %.1f,"
            + " systemd %.1f, bus %.1f; load %s",
        apps,
        (FootprintBenchmark.cpuSeconds(agent) - before) * each,
        (FootprintBenchmark.cpuSeconds(edge.device().pid()) - systemd) * each,
        (busSeconds() - bus) * each,
        Report.load());
  }

  private static void next(StatusWatch watch) throws IOException, InterruptedException {
    var before = watch.read();
    watch.await(status -> before == null || !status.writtenAt().equals(before.writtenAt()), LIMIT);
  }

  /** One look at everything is in it, and quick checks for the rest of the time. */
  private void rest(int apps, long agent) throws IOException, InterruptedException {
    double before = FootprintBenchmark.cpuSeconds(agent);
    double systemd = FootprintBenchmark.cpuSeconds(edge.device().pid());
    double bus = busSeconds();
    Thread.sleep(SWEEP);
    double percent = 100.0 / SWEEP.toSeconds() * 100 / apps;
    double ofAgent = (FootprintBenchmark.cpuSeconds(agent) - before) * percent;
    double ofSystemd = (FootprintBenchmark.cpuSeconds(edge.device().pid()) - systemd) * percent;
    double ofBus = (busSeconds() - bus) * percent;
    Report.say(
        "at rest, %d apps, %d s with one look at everything, %% of a core for 100 apps:"
            + " agent %.3f, systemd %.3f, bus %.3f; load %s",
        apps, SWEEP.toSeconds(), ofAgent, ofSystemd, ofBus, Report.load());
    Report.goal(
        "looking for silent drift, 100 apps: of a core", ofAgent + ofSystemd + ofBus, "%", 0.1);
  }

  private double busSeconds() {
    String ticks =
        edge.script(
            "for p in $(pidof dbus-daemon dbus-broker dbus-broker-launch); do"
                + " sed 's/.*) //' /proc/$p/stat; done | awk '{ t += $12 + $13 } END { print t }'");
    return Long.parseLong(ticks.strip()) / 100.0;
  }

  private void found(StatusWatch watch) throws IOException, InterruptedException {
    var all = new ArrayList<Double>();
    var each = new TreeMap<String, List<Double>>();
    for (int round = 0; round < ROUNDS; round++) {
      // At any time between two checks.
      Thread.sleep(ThreadLocalRandom.current().nextInt(27_000));
      for (int i = 0; i < ALL.size(); i++) {
        run(i, ALL.get(i).script());
      }
      long begun = System.nanoTime();
      for (int i = 0; i < ALL.size(); i++) {
        String app = BenchRepository.app(i);
        StatusWatch.Seen seen = watch.await(status -> status.drifted(app), LIMIT);
        double seconds = (seen.at() - begun) / 1e9;
        all.add(seconds);
        each.computeIfAbsent(ALL.get(i).name(), _ -> new ArrayList<>()).add(seconds);
      }
      for (int i = 0; i < ALL.size(); i++) {
        run(i, ALL.get(i).cure());
      }
      watch.await(status -> !status.anyDrifted(), LIMIT);
    }
    each.forEach(
        (name, found) -> Report.say("  %-9s s: %s", name, new Sample(found).spread("%.1f")));
    Report.goal(
        "silent drift: from tampering to the report, most", new Sample(all).most(), "s", 30);
  }

  private void run(int number, String script) {
    edge.script(
        """
        U=sandbar-%s.service
        P=$(systemctl show --value -p MainPID $U)
        G=$(systemctl show --value -p ControlGroup $U)
        %s
        """
            .formatted(BenchRepository.app(number), script));
  }
}
