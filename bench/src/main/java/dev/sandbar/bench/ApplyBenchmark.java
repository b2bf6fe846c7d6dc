package dev.sandbar.bench;

import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From a commit that declares new apps to all of them running and read back, against the same unit
 * files written by hand, one reload and one start of all. Both sides take turns on one device. The
 * agent is asked to reconcile as soon as the commit is there: how long it is until the next poll is
 * a setting.
 */
final class ApplyBenchmark {

  private static final int APPS = 100;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Edge edge;

  ApplyBenchmark(Edge edge) {
    this.edge = edge;
  }

  void run(int rounds) throws IOException, InterruptedException {
    edge.settings("30s");
    edge.clear();
    double warm = apply();
    SortedMap<String, byte[]> units = units();
    Report.say("apply: %d apps, %d rounds; first, not counted: %.2f s", APPS, rounds, warm);
    var ratios = new ArrayList<Double>();
    var floors = new ArrayList<Double>();
    var turns = new ArrayList<Double>();
    for (int i = 0; i < rounds; i++) {
      double before = floor(units);
      double turn = apply();
      double after = floor(units);
      double floor = (before + after) / 2;
      floors.add(before);
      floors.add(after);
      turns.add(turn);
      ratios.add(turn / floor);
      Report.say(
          "  floor %.2f s, agent %.2f s, floor %.2f s, ratio %.2f, load %s",
          before, turn, after, turn / floor, Report.load());
    }
    edge.clear();
    Report.say("floor, s: %s", new Sample(floors).spread("%.2f"));
    Report.say("agent, s, from the commit: %s", new Sample(turns).spread("%.2f"));
    Report.say("ratio: %s", new Sample(ratios).spread("%.2f"));
    Report.goal(
        "new apps: commit to running and read back / by hand",
        new Sample(ratios).median(),
        "x",
        1.3);
  }

  /** A fresh agent without apps, then the commit. */
  private double apply() throws IOException, InterruptedException {
    edge.clear();
    edge.fleet().apps(0);
    try (StatusWatch watch = edge.watch()) {
      RunningProgram agent = edge.agent("", "1h");
      try {
        watch.await(status -> true, LIMIT);
        // The first round and the first fetch are over.
        Thread.sleep(2000);
        edge.fleet().apps(APPS);
        long committed = System.nanoTime();
        AgentRequest.ask(edge.device().root(), AgentRequest.Verb.RECONCILE, null);
        StatusWatch.Seen seen = watch.await(status -> status.applied() == APPS, LIMIT);
        return (seen.at() - committed) / 1e9;
      } finally {
        Edge.stop(agent);
      }
    }
  }

  private SortedMap<String, byte[]> units() throws IOException {
    var units = new TreeMap<String, byte[]>();
    Path folder = edge.device().root().resolve("etc/systemd/system");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "sandbar*.*")) {
      for (Path file : files) {
        if (Files.isRegularFile(file)) {
          units.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
      }
    }
    return units;
  }

  /**
   * The same by hand, in seconds: write, reload, start. Nothing is synced, nothing is read back.
   */
  private double floor(SortedMap<String, byte[]> units) throws IOException {
    edge.clear();
    Path folder = edge.device().root().resolve("etc/systemd/system");
    List<String> names = units.keySet().stream().filter(name -> name.endsWith(".service")).toList();
    long begun = System.nanoTime();
    for (var unit : units.entrySet()) {
      Files.write(folder.resolve(unit.getKey()), unit.getValue());
    }
    edge.script("systemctl daemon-reload; exec systemctl start " + String.join(" ", names));
    double seconds = (System.nanoTime() - begun) / 1e9;
    String active =
        edge.script("systemctl is-active " + String.join(" ", names) + " | grep -c '^active'");
    if (!active.strip().equals(Integer.toString(names.size()))) {
      throw new IOException("by hand only " + active.strip() + " of " + names.size() + " started");
    }
    return seconds;
  }
}
