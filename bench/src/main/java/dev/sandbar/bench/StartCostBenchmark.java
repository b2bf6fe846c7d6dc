package dev.sandbar.bench;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.FactsProbe;
import dev.sandbar.device.systemd.Jobs;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * What each directive of the closed default costs at the start of an app, on every systemd: so many
 * apps started at once, with the whole sandbox, with each directive left out, and with none. All
 * variants take turns, so that what else the machine does hits them alike; the least of all rounds
 * counts.
 */
final class StartCostBenchmark {

  private static final int ROUNDS = 5;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** As many as the goal is about. */
  private static final int MANY = 100;

  private final int apps;

  StartCostBenchmark(int apps) {
    this.apps = apps;
  }

  /**
   * For one app, in ms.
   *
   * @param wall from the request to start all to the answer that all run
   * @param manager processor time of PID 1, which does nothing side by side
   * @param all processor time of the whole device
   */
  private record Cost(double wall, double manager, double all) {
    Cost least(Cost other) {
      return new Cost(
          Math.min(wall, other.wall), Math.min(manager, other.manager), Math.min(all, other.all));
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.1f / %.1f / %.1f", wall, manager, all);
    }
  }

  void run() throws IOException {
    var tables = new EnumMap<Suite, SequencedMap<String, Cost>>(Suite.class);
    var many = new EnumMap<Suite, SequencedMap<String, Cost>>(Suite.class);
    Report.say("%nms an app: until it runs / of it PID 1 / processor time of all%n");
    for (Suite suite : Suite.values()) {
      onDevice(
          suite,
          (device, facts) -> many.put(suite, measure(device, StartVariant.few(facts), MANY)));
    }
    Report.say("%n%d apps", MANY);
    table(many);
    // Debian 12 builds its systemd without the filter that took half of the time.
    many.remove(Suite.BOOKWORM);
    many.forEach(
        (suite, costs) ->
            Report.goal(
                "%d apps, systemd %d: some at a time / all at once as before"
                    .formatted(MANY, suite.systemd()),
                wall(costs, StartVariant.SOME) / wall(costs, StartVariant.BEFORE),
                "x",
                0.5));
    for (Suite suite : Suite.values()) {
      onDevice(
          suite,
          (device, facts) -> tables.put(suite, measure(device, StartVariant.all(facts), apps)));
    }
    Report.say("%n%d apps", apps);
    table(tables);
  }

  /** What is measured on a device. */
  @FunctionalInterface
  private interface Measuring {
    void on(VirtualDevice device, DeviceFacts facts) throws IOException;
  }

  private static void onDevice(Suite suite, Measuring measuring) throws IOException {
    String name = "bench-cost-" + ProcessHandle.current().pid();
    try (VirtualDevice device = VirtualDevice.named(name).suite(suite).boot()) {
      measuring.on(device, facts(device));
    }
  }

  private static double wall(Map<String, Cost> costs, String variant) {
    return costs.getOrDefault(variant, new Cost(Double.NaN, 0, 0)).wall();
  }

  private static DeviceFacts facts(VirtualDevice device) {
    try (DbusSystemd systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      var inside = List.of("nsenter", "--all", "--target", Long.toString(device.pid()));
      return new FactsProbe(device.root(), systemd, new SystemdAnalyze(inside))
          .facts(new StateStore(device.root()));
    }
  }

  private static SequencedMap<String, Cost> measure(
      VirtualDevice device, List<StartVariant> variants, int apps) throws IOException {
    Path folder = device.root().resolve("run/systemd/system");
    Files.createDirectories(folder);
    for (int v = 0; v < variants.size(); v++) {
      for (String unit : units(v, apps)) {
        Files.writeString(folder.resolve(unit), variants.get(v).text());
      }
    }
    exec(device, List.of("systemctl", "daemon-reload"));
    var costs = new LinkedHashMap<String, Cost>();
    variants.forEach(variant -> costs.put(variant.name(), new Cost(1e9, 1e9, 1e9)));
    long end = System.nanoTime() + LIMIT.toNanos();
    int rounds = 0;
    for (; rounds < ROUNDS && (rounds < 2 || System.nanoTime() < end); rounds++) {
      for (int i = 0; i < variants.size(); i++) {
        // Elsewhere in each round, so that nothing always follows the same.
        int v = (i + rounds * 7) % variants.size();
        costs.merge(
            variants.get(v).name(),
            start(device, units(v, apps), variants.get(v).atOnce()),
            Cost::least);
      }
    }
    Report.say(
        "systemd %d, %d apps, %d variants, %d rounds, load %s",
        device.suite().systemd(), apps, variants.size(), rounds, Report.load());
    costs.forEach((variant, cost) -> Report.say("  %s: %s", variant, cost));
    exec(device, List.of("find", "/run/systemd/system", "-name", "cost-*", "-delete"));
    return costs;
  }

  private static List<String> units(int variant, int apps) {
    return IntStream.range(0, apps)
        .mapToObj(i -> "cost-" + variant + "-" + i + ".service")
        .toList();
  }

  private static Cost start(VirtualDevice device, List<String> units, int atOnce)
      throws IOException {
    double manager = manager(device);
    double all = all(device);
    long begun = System.nanoTime();
    if (atOnce < units.size()) {
      startSome(device, units, atOnce);
    } else {
      exec(device, systemctl("start", units));
    }
    double wall = (System.nanoTime() - begun) / 1e6;
    var cost =
        new Cost(
            wall / units.size(),
            (manager(device) - manager) / units.size(),
            (all(device) - all) / units.size());
    exec(device, systemctl("is-active", units));
    exec(device, systemctl("stop", units));
    return cost;
  }

  /** As the agent does; to connect takes some milliseconds of it, as with systemctl. */
  private static void startSome(VirtualDevice device, List<String> units, int atOnce)
      throws IOException {
    var wanted = units.stream().map(unit -> new Job(Verb.START, new UnitName(unit))).toList();
    try (DbusSystemd systemd = DbusSystemd.connect("unix:path=" + device.busSocket());
        Jobs jobs = systemd.start(wanted, atOnce, _ -> {})) {
      if (!jobs.await(Jobs.Wait.of(Duration.ofMinutes(2))).stream().allMatch(JobOutcome::done)) {
        throw new IOException("not all of them started");
      }
    }
  }

  private static List<String> systemctl(String verb, List<String> units) {
    var argv = new ArrayList<>(List.of("systemctl", verb, "--quiet"));
    argv.addAll(units);
    return argv;
  }

  private static void exec(VirtualDevice device, List<String> argv) {
    device.exec(Duration.ofMinutes(2), argv.toArray(String[]::new)).orThrow();
  }

  /** Its one thread, in ms, from the scheduler: the ticks of its stat file are too coarse. */
  private static double manager(VirtualDevice device) throws IOException {
    String stat = Files.readString(device.root().resolve("proc/1/schedstat"));
    return Long.parseLong(stat.substring(0, stat.indexOf(' '))) / 1e6;
  }

  /** Of its control group, in ms. */
  private static double all(VirtualDevice device) throws IOException {
    for (String line : Files.readAllLines(device.root().resolve("sys/fs/cgroup/cpu.stat"))) {
      if (line.startsWith("usage_usec ")) {
        return Long.parseLong(line.substring("usage_usec ".length())) / 1e3;
      }
    }
    throw new IOException("the control group of the device counts no processor time");
  }

  private static void table(Map<Suite, SequencedMap<String, Cost>> tables) {
    var names = new LinkedHashSet<String>();
    tables.values().forEach(costs -> names.addAll(costs.keySet()));
    var head = new StringBuilder("| |");
    var rule = new StringBuilder("|---|");
    for (Suite suite : tables.keySet()) {
      head.append(" systemd ").append(suite.systemd()).append(" |");
      rule.append("---|");
    }
    Report.say("%s%n%s", head, rule);
    for (String name : names) {
      var row = new StringBuilder("| " + name + " |");
      for (SequencedMap<String, Cost> costs : tables.values()) {
        Cost cost = costs.get(name);
        row.append(' ').append(cost == null ? "-" : cost).append(" |");
      }
      Report.say("%s", row);
    }
  }
}
