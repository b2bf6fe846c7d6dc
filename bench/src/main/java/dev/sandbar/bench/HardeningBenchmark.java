package dev.sandbar.bench;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Services of Debian as their packages harden them by hand, as shh (the systemd hardening helper,
 * which runs a service under strace) does after it saw them work, and as {@code sandbar learn
 * --adopt} does after it saw the same: exposure level, whether they still do their work, and what
 * being watched costs.
 */
final class HardeningBenchmark {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int ATTEMPTS = 20;
  private static final Duration APART = Duration.ofMillis(500);

  private static final int LOADS = 5;

  /** Both see the service work for so long. */
  private static final int WATCHED_SECONDS = 15;

  private static final String ENVIRONMENT = "export LC_ALL=C.UTF-8 HOME=/root; ";

  private static final Pattern LEVEL =
      Pattern.compile("Overall exposure level for \\S+: ([\\d.]+)");

  private final VirtualDevice device;
  private final Path folder;
  private final List<String> rows = new ArrayList<>();

  private HardeningBenchmark(VirtualDevice device, Path folder) {
    this.device = device;
    this.folder = folder;
  }

  static void run(int services) throws IOException, InterruptedException {
    Path shh = program("shh");
    Path folder = Files.createTempDirectory("sandbar-bench-hardening");
    try (var device =
        VirtualDevice.named("bench-hardening-" + ProcessHandle.current().pid())
            .suite(Suite.TRIXIE)
            .boot()) {
      device.put(shh, "/usr/bin/shh");
      var benchmark = new HardeningBenchmark(device, folder);
      benchmark.install();
      for (DebianService service : DebianService.ALL.subList(0, services)) {
        benchmark.measure(service);
      }
      Report.say("%s", "| service | its package | shh | sandbar learn --adopt |");
      Report.say("%s", "|---|---|---|---|");
      benchmark.rows.forEach(row -> Report.say("%s", row));
    } finally {
      Folders.delete(folder);
    }
  }

  private static Path program(String name) throws IOException {
    String home = System.getProperty("user.home", "/root");
    return Arrays.stream(
            (System.getenv().getOrDefault("PATH", "") + File.pathSeparator + home + "/.cargo/bin")
                .split(File.pathSeparator))
        .map(it -> Path.of(it, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    name + " is not there; write: cargo install systemd-hardening-helper"));
  }

  /** Installs the packages, without a network of the device; nothing is started. */
  private void install() throws IOException, InterruptedException {
    Path packages = Files.createDirectory(folder.resolve("packages"));
    host(
        Path.of("mmdebstrap.log"),
        List.of(
            "mmdebstrap",
            "--quiet",
            "--variant=extract",
            "--format=directory",
            // A mirror that is a snapshot has release files past their date; signatures still
            // count.
            "--aptopt=Acquire::Check-Valid-Until \"false\"",
            "--aptopt=Acquire::Languages \"none\"",
            "--include=" + String.join(",", DebianService.PACKAGES),
            "--extract-hook=cp \"$1\"/var/cache/apt/archives/*.deb " + packages,
            "trixie",
            folder.resolve("tree").toString()));
    try (var found = Files.list(packages)) {
      for (Path file : found.toList()) {
        device.put(file, "/srv/packages/" + file.getFileName());
      }
    }
    device.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n");
    script("chmod 755 /usr/sbin/policy-rc.d");
    script(
        "DEBIAN_FRONTEND=noninteractive dpkg --install --skip-same-version --force-confold"
            + " /srv/packages/*.deb");
  }

  private void measure(DebianService service) throws IOException, InterruptedException {
    String unit = service.unit() + ".service";
    script(service.configure());
    if (attempt("systemctl start " + unit).exitCode() != 0) {
      throw new IOException(
          unit + " does not start:\n" + script("journalctl --no-pager -n 20 -u " + unit));
    }
    String packaged = judged(service);
    double alone = load(service);

    Profiled profiled = profile(service, unit);
    script("systemctl reset-failed " + unit + "; systemctl restart " + unit);
    awaitWork(service);

    device.write(
        "/etc/sandbar/agent.yaml",
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        policy: {adopt: [%s]}
        """
            .formatted(unit));
    double watched = learn(service, unit);
    sandbar("apply", folder.resolve("spec.yaml").toString(), "--yes", "--device", device.id());
    String learned = judged(service);
    sandbar("delete", service.unit(), "--device", device.id());
    script("systemctl stop " + unit);
    rows.add(
        "| %s | %s | %s | %s |".formatted(service.unit(), packaged, profiled.level(), learned));
    Report.say("%s", rows.getLast());
    if (!service.load().isEmpty()) {
      Report.say(
          "%s: the same load takes %.2f s alone, %.2f s under shh, %.2f s watched by Sandbar",
          service.unit(), alone, profiled.seconds(), watched);
    }
  }

  /**
   * What shh made of a service.
   *
   * @param seconds that the load took meanwhile; not a number if it could not be watched
   */
  private record Profiled(String level, double seconds) {}

  private Profiled profile(DebianService service, String unit)
      throws IOException, InterruptedException {
    // What it starts itself it does not wait for.
    script("shh service start-profile " + unit + "; systemctl restart " + unit + " || :");
    try {
      if (!worksSoon(service)) {
        return new Profiled("does not start under it", Double.NaN);
      }
      double seconds = load(service);
      work(service);
      if (attempt("shh service finish-profile --apply " + unit).exitCode() != 0) {
        return new Profiled("comes to no result", seconds);
      }
      script("systemctl restart " + unit + " || :");
      return new Profiled(judged(service), seconds);
    } finally {
      script("shh service reset " + unit);
    }
  }

  /** Watches it from its start on while it is used; returns the seconds that the load took. */
  private double learn(DebianService service, String unit)
      throws IOException, InterruptedException {
    Process learning =
        start(
            folder.resolve("spec.yaml"),
            List.of(
                launcher(),
                "learn",
                unit,
                "--adopt",
                "--restart",
                "--for",
                WATCHED_SECONDS + "s",
                "--device",
                device.id()));
    // It restarts the service when it is ready to watch.
    String before =
        device.exec("systemctl", "show", "--value", "-p", "InvocationID", unit).stdout();
    while (learning.isAlive()
        && device
            .exec("systemctl", "show", "--value", "-p", "InvocationID", unit)
            .stdout()
            .equals(before)) {
      Thread.sleep(APART);
    }
    awaitWork(service);
    double seconds = load(service);
    work(service);
    await(learning, folder.resolve("spec.yaml"));
    return seconds;
  }

  /** The exposure level, and whether it does its work. */
  private String judged(DebianService service) throws InterruptedException {
    boolean works = worksSoon(service);
    String report =
        script("systemd-analyze security --no-pager " + service.unit() + ".service | tail -n 1");
    Matcher level = LEVEL.matcher(report);
    return (level.find() ? level.group(1) : "?") + (works ? "" : ", **broken**");
  }

  private void awaitWork(DebianService service) throws IOException, InterruptedException {
    if (!worksSoon(service)) {
      throw new IOException(
          service.unit()
              + " does not do its work:\n"
              + device.exec("systemctl", "status", "--no-pager", service.unit()).stdout());
    }
  }

  private boolean worksSoon(DebianService service) throws InterruptedException {
    for (int i = 0; i < ATTEMPTS; i++) {
      if (attempt(service.work()).exitCode() == 0) {
        return true;
      }
      Thread.sleep(APART);
    }
    return false;
  }

  private void work(DebianService service) throws IOException {
    if (attempt(service.work()).exitCode() != 0) {
      throw new IOException(service.unit() + " has stopped to do its work");
    }
  }

  /** Seconds, the median of some; of one that has just started the first connections fail. */
  private double load(DebianService service) throws IOException, InterruptedException {
    if (service.load().isEmpty()) {
      return 0;
    }
    var times = new ArrayList<Double>();
    for (int i = 0; i < ATTEMPTS && times.size() < LOADS; i++) {
      long begun = System.nanoTime();
      if (attempt(service.load()).exitCode() == 0) {
        times.add((System.nanoTime() - begun) / 1e9);
      } else {
        Thread.sleep(APART);
      }
    }
    if (times.size() < LOADS) {
      throw new IOException(service.unit() + " does not take its load");
    }
    return new Sample(times).median();
  }

  private CommandResult attempt(String commands) {
    return device.exec(LIMIT, "sh", "-ec", ENVIRONMENT + commands);
  }

  private String script(String commands) {
    return attempt(commands).orThrow();
  }

  private static String launcher() {
    return System.getProperty("sandbar.home", ".") + "/sandbar";
  }

  private void sandbar(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(launcher()));
    command.addAll(Arrays.asList(arguments));
    host(Path.of(arguments[0] + ".log"), command);
  }

  private void host(Path name, List<String> command) throws IOException, InterruptedException {
    Path out = folder.resolve(name);
    await(start(out, command), out);
  }

  private static Process start(Path out, List<String> command) throws IOException {
    var builder = new ProcessBuilder(command);
    String jdk = System.getProperty("sandbar.jdk", System.getProperty("java.home"));
    builder.environment().put("SANDBAR_JAVA_HOME", jdk);
    builder.redirectOutput(out.toFile());
    builder.redirectError(out.resolveSibling(out.getFileName() + ".err").toFile());
    return builder.start();
  }

  private static void await(Process process, Path out) throws IOException, InterruptedException {
    boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.destroy();
    }
    if (!ended || process.exitValue() != 0) {
      throw new IOException(
          process.info().commandLine().orElse("a command")
              + " failed:\n"
              + Files.readAllLines(out.resolveSibling(out.getFileName() + ".err")).stream()
                  .limit(40)
                  .collect(Collectors.joining("\n"))
              + Files.readString(out));
    }
  }
}
