package dev.sandbar.bench;

import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;

/**
 * Full rounds in which nothing has changed: every file, every property and every process of every
 * app is looked at.
 */
final class UnchangedBenchmark {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int SWEEPS = 40;
  private static final int COMMITS = 10;

  private final Edge edge;

  UnchangedBenchmark(Edge edge) {
    this.edge = edge;
  }

  void run(int apps) throws IOException, InterruptedException {
    edge.settings("1s");
    edge.clear();
    edge.fleet().apps(apps);
    try (StatusWatch watch = edge.watch()) {
      // The first life records the cache of classes that each later one uses.
      RunningProgram first = edge.agent("", "1s");
      watch.await(status -> status.applied() == apps, LIMIT);
      Edge.stop(first);
      RunningProgram agent = edge.agent("", "1s");
      try {
        watch.await(status -> status.applied() == apps, LIMIT);
        // Past the time of trial, so that no round has anything left to remember.
        Thread.sleep(8_000);
        measure(apps, watch, agent.pid());
      } finally {
        Edge.stop(agent);
        edge.clear();
      }
    }
  }

  private void measure(int apps, StatusWatch watch, long pid)
      throws IOException, InterruptedException {
    var metrics = new Metrics(edge);
    int reloads = edge.reloads();
    String invocations = edge.invocations();
    var rounds = new ArrayList<Double>();
    Metrics.Rounds last = metrics.rounds();
    long firstRound = last.count();
    double cpu = FootprintBenchmark.cpuSeconds(pid);
    double systemd = FootprintBenchmark.cpuSeconds(edge.device().pid());
    while (rounds.size() < SWEEPS) {
      Metrics.Rounds before = last;
      var writtenBefore = watch.read();
      watch.await(
          status -> writtenBefore == null || !status.writtenAt().equals(writtenBefore.writtenAt()),
          LIMIT);
      // The round is counted before its report is written.
      last = metrics.rounds();
      if (last.count() == before.count() + 1) {
        rounds.add((last.seconds() - before.seconds()) * 1e3);
      }
    }
    double each = 1e3 / (last.count() - firstRound);
    Report.say(
        "processor time a round, whatever else the machine did, ms: agent %.0f, systemd %.0f",
        (FootprintBenchmark.cpuSeconds(pid) - cpu) * each,
        (FootprintBenchmark.cpuSeconds(edge.device().pid()) - systemd) * each);
    for (int i = 0; i < COMMITS; i++) {
      Metrics.Rounds before = metrics.rounds();
      edge.fleet().note("note " + i);
      String revision = edge.fleet().revision();
      watch.await(status -> status.revision().endsWith(revision), LIMIT);
      if (metrics.rounds().count() == before.count()) {
        throw new IOException("a commit was reported without a round");
      }
    }
    var numbers = new Sample(rounds);
    Report.say(
        "unchanged: %d apps; %d full rounds, ms: %s, p99 %.0f, load %s",
        apps, numbers.count(), numbers.spread("%.0f"), numbers.percentile(99), Report.load());
    int reloaded = edge.reloads() - reloads;
    boolean restarted = !invocations.equals(edge.invocations());
    Report.goal("nothing changed, " + apps + " apps: a full round", numbers.median(), "ms", 150);
    Report.goal("- reloads meanwhile", reloaded, "", 0);
    Report.goal("- units started again meanwhile", restarted ? 1 : 0, "", 0);
    Report.say("- meanwhile there were also %d commits that concern no app", COMMITS);
  }
}
