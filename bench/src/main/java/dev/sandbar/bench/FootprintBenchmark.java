package dev.sandbar.bench;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

/**
 * Memory, start and idle of the agent as its packages install it, while it looks after some apps:
 * its service, with the Java runtime of the packages, without any setting that is not needed.
 */
final class FootprintBenchmark {

  private static final int APPS = 20;
  private static final int STARTS = 5;
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final double TICKS = 100;
  private static final long SETTLED_MILLIS = 230_000;

  private final Path home;

  /**
   * @param home of the checkout, in which packaging/deb/build has left the packages
   */
  FootprintBenchmark(Path home) {
    this.home = home;
  }

  /** Following a repository. */
  void git() throws Exception {
    try (FollowedGit source = FollowedGit.of(APPS)) {
      measure("Git", source.device(), 75);
    }
  }

  /** Following a fleet. */
  void fleet() throws Exception {
    try (FollowedFleet source = FollowedFleet.of(APPS)) {
      measure("fleet", source.device(), 65);
    }
  }

  private void measure(String name, VirtualDevice device, int mostMebibytes) throws Exception {
    var agent = InstalledAgent.install(device, home);
    try (StatusWatch watch = agent.watch()) {
      agent.start();
      watch.await(status -> status.applied() == APPS, LIMIT);
      // Long enough that its first life is worth recording.
      Thread.sleep(8_000);
      agent.stop();
      starts(name, agent, watch);
      idle(name, agent, watch, mostMebibytes);
    }
  }

  private static void starts(String name, InstalledAgent agent, StatusWatch watch)
      throws Exception {
    var ready = new ArrayList<Double>();
    var cpu = new ArrayList<Double>();
    var early = new ArrayList<Double>();
    for (int i = 0; i < STARTS; i++) {
      long begun = System.nanoTime();
      agent.start();
      StatusWatch.Seen seen = watch.await(status -> status.apps() == APPS, LIMIT);
      ready.add((seen.at() - begun) / 1e9);
      long pid = agent.pid();
      cpu.add(cpuSeconds(pid));
      Thread.sleep(1_500);
      early.add(mebibytes(pid, "VmRSS"));
      agent.stop();
    }
    Report.say("%s: start, s: %s; load %s", name, new Sample(ready).spread("%.2f"), Report.load());
    Report.say(
        "%s: - processor time until then, whatever else the machine did, s: %s",
        name, new Sample(cpu).spread("%.2f"));
    Report.say("%s: resident 1.5 s after that, MiB: %s", name, new Sample(early).spread("%.1f"));
    Report.goal(
        name + ": agent, " + APPS + " apps: from systemctl start to ready",
        new Sample(ready).median(),
        "s",
        0.5);
  }

  private static void idle(String name, InstalledAgent agent, StatusWatch watch, int most)
      throws Exception {
    agent.start();
    watch.await(status -> status.apps() == APPS, LIMIT);
    Thread.sleep(10_000);
    long pid = agent.pid();
    Window first = window(name, pid, "from 10 s after ready");
    Report.goal(name + ": resident after 70 s", mebibytes(pid, "VmRSS"), "MiB", most);
    Report.goal(name + ": idle, first minute", first.percent(), "%", 0.05);
    Thread.sleep(SETTLED_MILLIS);
    Window settled = window(name, pid, "from 5 min after ready");
    Report.goal(name + ": idle, sixth minute", settled.percent(), "%", 0.05);
    Report.goal(name + ": wakeups a second, sixth minute", settled.wakeups(), "", 1);
    Report.goal(name + ": resident after 6 min", mebibytes(pid, "VmRSS"), "MiB", most);
    Report.say("%s: %s", name, Mappings.of(pid));
    agent.stop();
  }

  /** What a minute took. */
  private record Window(double percent, double wakeups) {}

  private static Window window(String name, long pid, String when)
      throws IOException, InterruptedException {
    double cpu = cpuSeconds(pid);
    long switches = switches(pid);
    long begun = System.nanoTime();
    Thread.sleep(60_000);
    double seconds = (System.nanoTime() - begun) / 1e9;
    var found =
        new Window((cpuSeconds(pid) - cpu) / seconds * 100, (switches(pid) - switches) / seconds);
    Report.say(
        "%s: idle, as shipped, %s: CPU %.3f %% of a core, %.1f wakeups/s, resident %.1f MiB, at"
            + " most so far %.1f MiB, %d threads, load %s",
        name,
        when,
        found.percent(),
        found.wakeups(),
        mebibytes(pid, "VmRSS"),
        mebibytes(pid, "VmHWM"),
        threads(pid),
        Report.load());
    return found;
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
