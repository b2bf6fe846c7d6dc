package dev.sandbar.bench;

import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.time.Duration;

/**
 * What the device mounts comes to all of its apps, whose mount tables are others then: all of them
 * are read, compared and counted anew, directive by directive. Nothing starts and nothing is drift,
 * so that it is the only difference to rounds in which nothing has changed.
 */
final class AttestBenchmark {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Some rounds. */
  private static final long BETWEEN_MILLIS = 3_000;

  /** Until the JVM has compiled what it runs often. */
  private static final int NOT_COUNTED = 6;

  private static final int COUNTED = 20;

  private final Edge edge;

  AttestBenchmark(Edge edge) {
    this.edge = edge;
  }

  private record Window(double millis, long rounds) {}

  void run(int apps) throws IOException, InterruptedException {
    edge.settings("1s");
    edge.clear();
    edge.fleet().apps(apps);
    try (StatusWatch watch = edge.watch()) {
      RunningProgram first = edge.agent("", "1h");
      watch.await(status -> status.applied() == apps, LIMIT);
      Edge.stop(first);
      RunningProgram agent = edge.agent("", "1h");
      try {
        watch.await(status -> status.applied() == apps, LIMIT);
        measure(apps, agent.pid());
      } finally {
        Edge.stop(agent);
        edge.clear();
      }
    }
  }

  private void measure(int apps, long pid) throws IOException, InterruptedException {
    window(pid, NOT_COUNTED, true);
    Window changed = window(pid, COUNTED, true);
    Window same = window(pid, COUNTED, false);
    double unchanged = same.millis() / same.rounds();
    double anew = (changed.millis() - unchanged * (changed.rounds() - COUNTED)) / COUNTED;
    Report.say(
        "attest: %d apps; a round, ms of the agent's processor time: nothing changed %.0f, of %d;"
            + " all mount tables changed %.0f, %d times; load %s",
        apps, unchanged, same.rounds(), anew, COUNTED, Report.load());
    Report.goal("one app attested anew: processor time", anew / apps, "ms", 5);
  }

  private Window window(long pid, int times, boolean change)
      throws IOException, InterruptedException {
    var metrics = new Metrics(edge);
    long rounds = metrics.rounds().count();
    double cpu = FootprintBenchmark.cpuSeconds(pid);
    for (int i = 0; i < times; i++) {
      if (change) {
        edge.script("mountpoint -q /media && umount /media || mount -t tmpfs tmpfs /media");
      }
      Thread.sleep(BETWEEN_MILLIS);
    }
    return new Window(
        (FootprintBenchmark.cpuSeconds(pid) - cpu) * 1e3, metrics.rounds().count() - rounds);
  }
}
