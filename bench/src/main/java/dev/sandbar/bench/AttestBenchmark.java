package dev.sandbar.bench;

import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.time.Duration;

/**
 * Apps that somebody starts again: all evidence of them is others, so that it is read, compared and
 * counted anew, directive by directive. What is measured is all that the agent does for it, signals
 * of the bus, rounds and reports included.
 */
final class AttestBenchmark {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Until the last of them is reported, and past the time of trial. */
  private static final long AFTERWARDS_MILLIS = 8_000;

  /** Until the JVM has compiled what it runs often. */
  private static final int NOT_COUNTED = 3;

  private static final int COUNTED = 5;

  private final Edge edge;

  AttestBenchmark(Edge edge) {
    this.edge = edge;
  }

  void run(int apps) throws IOException, InterruptedException {
    edge.settings("30m", "30s");
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
    restart(NOT_COUNTED);
    var metrics = new Metrics(edge);
    long rounds = metrics.rounds().count();
    double cpu = FootprintBenchmark.cpuSeconds(pid);
    restart(COUNTED);
    int starts = apps * COUNTED;
    double each = (FootprintBenchmark.cpuSeconds(pid) - cpu) / starts * 1e3;
    rounds = metrics.rounds().count() - rounds;
    Report.say(
        "attest: %d apps started again %d times: %.1f ms of the agent's processor time a start, %d"
            + " rounds, load %s",
        apps, COUNTED, each, rounds, Report.load());
  }

  private void restart(int times) throws InterruptedException {
    for (int i = 0; i < times; i++) {
      edge.run(LIMIT, "sh", "-c", "systemctl restart 'sandbar-*.service'");
      Thread.sleep(AFTERWARDS_MILLIS);
    }
  }
}
