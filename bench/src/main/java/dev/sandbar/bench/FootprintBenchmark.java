package dev.sandbar.bench;

import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

/** Memory, start and idle of an agent that follows a repository and looks after some apps. */
final class FootprintBenchmark {

  private static final int APPS = 20;
  private static final int STARTS = 5;

  /** The default of DeviceSettings. */
  private static final String SWEEP = "1m";

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final double TICKS = 100;
  private static final long SETTLED_MILLIS = 230_000;

  private final Edge edge;

  FootprintBenchmark(Edge edge) {
    this.edge = edge;
  }

  void run() throws IOException, InterruptedException {
    edge.settings(SWEEP);
    edge.clear();
    edge.fleet().apps(APPS);
    try (StatusWatch watch = edge.watch()) {
      RunningProgram first = edge.agent("", "1s");
      try {
        watch.await(status -> status.applied() == APPS, LIMIT);
        Thread.sleep(8_000);
      } finally {
        Edge.stop(first);
      }
      starts(watch);
      idle(watch, "1s", false);
      idle(watch, "1m", true);
    }
    edge.clear();
  }

  private void starts(StatusWatch watch) throws IOException, InterruptedException {
    var ready = new ArrayList<Double>();
    var cpu = new ArrayList<Double>();
    var early = new ArrayList<Double>();
    for (int i = 0; i < STARTS; i++) {
      long begun = System.nanoTime();
      RunningProgram agent = edge.agent("", "1s");
      try {
        StatusWatch.Seen seen = watch.await(status -> status.apps() == APPS, LIMIT);
        ready.add((seen.at() - begun) / 1e9);
        cpu.add(cpuSeconds(agent.pid()));
        Thread.sleep(1_500);
        early.add(mebibytes(agent.pid(), "VmRSS"));
      } finally {
        Edge.stop(agent);
      }
    }
    edge.script("rm -f /var/lib/sandbar/state/facts.json");
    long begun = System.nanoTime();
    RunningProgram agent = edge.agent("", "1s");
    try {
      StatusWatch.Seen seen = watch.await(status -> status.apps() == APPS, LIMIT);
      Report.say(
          "start, first of a boot (finds out what the device can enforce): %.2f s",
          (seen.at() - begun) / 1e9);
    } finally {
      Edge.stop(agent);
    }
    Report.say(
        "start, later ones, s: %s; load %s", new Sample(ready).spread("%.2f"), Report.load());
    Report.say(
        "- processor time until then, whatever else the machine did, s: %s",
        new Sample(cpu).spread("%.2f"));
    Report.say("resident 1.5 s after that, MiB: %s", new Sample(early).spread("%.1f"));
    Report.goal("agent, " + APPS + " apps: from exec to ready", new Sample(ready).median(), "s", 1);
  }

  private void idle(StatusWatch watch, String interval, boolean shipped)
      throws IOException, InterruptedException {
    RunningProgram agent = edge.agent("", interval);
    try {
      watch.await(status -> status.apps() == APPS, LIMIT);
      Thread.sleep(10_000);
      long pid = agent.pid();
      double percent = window(pid, interval, "from 10 s after ready");
      double rss = mebibytes(pid, "VmRSS");
      if (shipped) {
        Report.goal("agent, " + APPS + " apps: resident after 70 s", rss, "MiB", 95);
        Report.goal("agent, " + APPS + " apps: highest so far", mebibytes(pid, "VmHWM"), "MiB", 95);
        Report.goal("agent, " + APPS + " apps: idle, first minute", percent, "%", 0.1);
        Thread.sleep(SETTLED_MILLIS);
        percent = window(pid, interval, "from 5 min after ready");
        Report.goal("agent, " + APPS + " apps: idle, sixth minute", percent, "%", 0.1);
        rss = mebibytes(pid, "VmRSS");
        Report.goal("agent, " + APPS + " apps: resident after 6 min", rss, "MiB", 95);
      }
    } finally {
      Edge.stop(agent);
    }
  }

  /** Processor time over a minute, in percent of a core. */
  private static double window(long pid, String interval, String when)
      throws IOException, InterruptedException {
    double cpu = cpuSeconds(pid);
    long switches = switches(pid);
    long begun = System.nanoTime();
    Thread.sleep(60_000);
    double seconds = (System.nanoTime() - begun) / 1e9;
    double percent = (cpuSeconds(pid) - cpu) / seconds * 100;
    Report.say(
        "idle with --interval %s, sweep %s, %s: CPU %.3f %% of a core, %.1f wakeups/s, resident"
            + " %.1f MiB, at most so far %.1f MiB, %d threads, load %s",
        interval,
        SWEEP,
        when,
        percent,
        (switches(pid) - switches) / seconds,
        mebibytes(pid, "VmRSS"),
        mebibytes(pid, "VmHWM"),
        threads(pid),
        Report.load());
    return percent;
  }

  private static double mebibytes(long pid, String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith(field + ":")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    throw new IOException("no " + field);
  }

  /** User and system time of all threads, ended ones too (proc_pid_stat(5), fields 14 and 15). */
  static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
  }

  /** Voluntary context switches of the threads that live. */
  private static long switches(long pid) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path task : tasks) {
        for (String line : Files.readAllLines(task.resolve("status"))) {
          if (line.startsWith("voluntary_ctxt_switches:")) {
            sum += Long.parseLong(line.replaceAll("[^0-9]", ""));
          }
        }
      }
    }
    return sum;
  }

  private static int threads(long pid) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path _ : tasks) {
        count++;
      }
    }
    return count;
  }
}
