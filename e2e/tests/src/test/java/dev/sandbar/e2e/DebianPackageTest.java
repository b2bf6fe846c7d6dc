package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.vdev.DeviceRegistry;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packages of the agent and its Java runtime: installed, upgraded, downgraded and removed under
 * an app that runs on, and what their agent does with another one.
 */
class DebianPackageTest {

  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final String CACHE =
      Optional.ofNullable(System.getenv("SANDBAR_CACHE")).orElse("/var/cache/sandbar");

  @TempDir private static Path work;

  private static List<String> first = List.of();

  private static void run(Path folder, String... command) throws Exception {
    Path out = folder.resolve("out");
    var builder = new ProcessBuilder(command);
    builder.environment().put("SANDBAR_PREBUILT", "true");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(out)).isZero();
  }

  /** The digests of what is built. */
  private static List<String> build(Path folder) throws Exception {
    run(folder, ROOT.resolve("packaging/deb/build").toString());
    var digests = new ArrayList<String>();
    for (String file : Files.readAllLines(folder.resolve("out"))) {
      digests.add(file + " " + Sha256.of(Files.readAllBytes(ROOT.resolve(file))).hex());
    }
    return digests;
  }

  @BeforeAll
  static void build() throws Exception {
    first = build(work);
  }

  private static Path built(String name) throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("packaging/deb/target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches(name + "_.*\\.deb"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** The same package as one of a later release. */
  private static Path later(Path folder) throws Exception {
    Path root = folder.resolve("later");
    run(folder, "dpkg-deb", "--raw-extract", built("sandbar").toString(), root.toString());
    Path control = root.resolve("DEBIAN/control");
    Files.writeString(
        control, Files.readString(control).replaceFirst("(?m)^Version: .*", "Version: 99"));
    Path file = folder.resolve("later.deb");
    run(folder, "dpkg-deb", "-Znone", "--root-owner-group", "--build", "" + root, "" + file);
    return file;
  }

  private static String agent(VirtualDevice device) {
    return device
        .exec("systemctl", "show", "--value", "--property", "MainPID", "sandbard.service")
        .orThrow()
        .strip();
  }

  /** With everything that they depend on in the device. */
  private static void install(VirtualDevice device, String... packages) {
    for (String file : packages) {
      device.exec(LIMIT, "dpkg", "--install", file).orThrow();
    }
  }

  /** Installs another release under the apps. */
  private static void replace(VirtualDevice device, String file, String version) {
    String app = Apps.pid(device, "sleeper");
    String agent = agent(device);
    install(device, file);
    assertThat(device.exec("dpkg-query", "-W", "-f", "${Version}", "sandbar").stdout())
        .startsWith(version);
    assertThat(agent(device)).as("the new one").isNotEqualTo(agent).isNotEqualTo("0");
    assertThat(Apps.pid(device, "sleeper")).isEqualTo(app);
  }

  private static void isProbed(VirtualDevice device) {
    assertThat(device.exec("sandbar", "probe", "sleeper").stderr()).contains("sandbar-probe");
    install(device, "/srv/kit.deb");
    assertThat(device.exec(LIMIT, "sandbar", "probe", "sleeper").orThrow())
        .contains("nothing opened that is not granted");
  }

  /** As the tool of systemd has it. */
  private static void saysItsExposure(VirtualDevice device) {
    String[] words =
        device
            .exec("systemd-analyze", "security", "--no-pager", "sandbard.service")
            .orThrow()
            .strip()
            .split("exposure level for sandbard.service: ");
    String level = words[words.length - 1].split(" ")[0];
    // To read the rules in the networks of apps it may enter these, which is a tenth of it.
    assertThat(Double.parseDouble(level)).isLessThanOrEqualTo(3.0);
    assertThat(device.exec("sandbar", "status").orThrow())
        .contains("; exposure level of the agent: " + level + "\n");
  }

  /** What the code of the JVM alone takes, which no other process of the device maps, in KiB. */
  private static long clean(VirtualDevice device) {
    String mappings = device.exec("cat", "/proc/" + agent(device) + "/smaps").stdout();
    long sum = 0;
    boolean here = false;
    for (String line : mappings.split("\n")) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        here = line.endsWith("/libjvm.so");
      } else if (here && line.startsWith("Private_Clean:")) {
        sum += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return sum;
  }

  /** Once after its start; the service may do it, and the kernel does it. */
  private static void givesMemoryBack(VirtualDevice device) {
    device.exec(LIMIT, "systemctl", "restart", "sandbard").orThrow();
    String started = agent(device);
    var most = new AtomicLong();
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              long now = clean(device);
              return now < 3 * most.accumulateAndGet(now, Math::max) / 4;
            });
    assertThat(agent(device)).as("it goes on").isEqualTo(started);
  }

  /** Debian 12 has no Java of its own that is new enough. */
  @Test
  void theRuntimeIsEnoughForDebian12() throws Exception {
    try (VirtualDevice device = VirtualDevice.named("package12").suite(Suite.BOOKWORM).boot()) {
      device.put(built("sandbar-java"), "/srv/java.deb");
      device.put(built("sandbar"), "/srv/sandbar.deb");
      install(device, "/srv/java.deb", "/srv/sandbar.deb");
      assertThat(device.exec("sandbar", "facts").orThrow()).contains("systemd 252");
    }
  }

  /** What Debian demands of a package, and that whoever builds it from the same gets the same. */
  @Test
  void thePackagesAreCleanAndReproducible(@TempDir Path folder) throws Exception {
    assertThat(first).hasSize(3);
    assertThat(build(folder)).isEqualTo(first);
    run(
        folder,
        Stream.concat(
                Stream.of("lintian", "--allow-root", "--fail-on", "error,warning"),
                Stream.of(built("sandbar"), built("sandbar-java"), built("sandbar-probe"))
                    .map(Path::toString))
            .toArray(String[]::new));
  }

  @Test
  void anAppRunsOnThroughUpgradeAndRemovalOfTheAgent(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    try (VirtualDevice device =
            VirtualDevice.named("package").bind(folder.resolve("fleet"), "/srv/fleet").boot();
        var registry =
            new RealRegistry(
                Files.createDirectory(folder.resolve("registry")),
                List.of("nsenter", "--net", "--target", Long.toString(device.pid())))) {
      device.put(built("sandbar"), "/srv/sandbar.deb");
      device.put(built("sandbar-java"), "/srv/java.deb");
      device.put(built("sandbar-probe"), "/srv/kit.deb");
      device.put(later(folder), "/srv/later.deb");
      install(device, "/srv/java.deb", "/srv/sandbar.deb");
      assertThat(device.exec("sandbar", "--version").orThrow()).startsWith("sandbar 0.");
      assertThat(device.exec("systemctl", "is-enabled", "sandbard").stdout()).contains("disabled");
      assertThat(device.exec("systemctl", "is-active", "sandbard").stdout()).contains("inactive");

      device.write(
          "/etc/sandbar/agent.yaml",
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AgentConfig
          sweep: 5s
          git: {url: "file:///srv/fleet", interval: 1s}
          """
              + PackagedApp.settings(device, registry));
      device.exec(LIMIT, "systemctl", "enable", "--now", "sandbard").orThrow();
      await().atMost(LIMIT).until(() -> Apps.state(device, "sleeper").equals("active"));
      HardenedAgentTest.awaitFiltersRead(() -> device, "sleeper");
      saysItsExposure(device);
      givesMemoryBack(device);

      new PackagedApp(device, registry, repository).livesThroughItsVersions(folder);
      isProbed(device);
      replace(device, "/srv/later.deb", "99");
      replace(device, "/srv/sandbar.deb", "0.");
      String app = Apps.pid(device, "sleeper");

      device.exec(LIMIT, "dpkg", "--purge", "sandbar").orThrow();
      assertThat(device.exec("sh", "-c", "command -v sandbar").ok()).isFalse();
      assertThat(device.exec("systemctl", "cat", "sandbard").stdout()).doesNotContain("ExecStart");
      assertThat(Apps.pid(device, "sleeper")).as("no part of the agent").isEqualTo(app);
      assertThat(device.exec("ls", "/run/sandbard-filters.sock").ok()).isFalse();
      assertThat(device.read("/etc/sandbar/agent.yaml")).contains("file:///srv/fleet");
    }
  }

  /** The script that takes a new user through one device, as the user runs it. */
  @Test
  void theFirstHourWithOneDeviceLeavesItAsItWas(@TempDir Path folder) throws Exception {
    Path out = folder.resolve("out");
    var builder = new ProcessBuilder(ROOT.resolve("examples/first-hour/device").toString());
    builder.environment().put("SANDBAR_PREBUILT", "true");
    builder.environment().put("SANDBAR_PACKAGES", ROOT + "/packaging/deb/target");
    builder.environment().put("SANDBAR_ROOT", CACHE + "/images/first-hour");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process script = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(script.waitFor(10, TimeUnit.MINUTES)).as(Files.readString(out)).isTrue();
    } finally {
      // A shell that waits for a program acts on a signal when that has ended.
      script.descendants().forEach(ProcessHandle::destroy);
      script.destroy();
    }
    String printed = Files.readString(out);
    assertThat(script.exitValue()).as(printed).isZero();
    assertThat(printed)
        .contains("panel.service: 9.6 UNSAFE", "RolledBack", "did you mean localNetwork?")
        .containsSubsequence(
            "5. A bad commit", "\nactive\n", "6. A file that is wrong", "\nactive\n")
        .contains("removed  broker", "removed  hello", "removed  panel");
    assertThat(printed.split("3\\. A service of the device")[1].split("4\\. An image")[0])
        .as("restricted, and it serves")
        .containsPattern("panel.service: [2-4]\\.[0-9] OK");
    assertThat(DeviceRegistry.find("first-hour-" + script.pid())).isEmpty();
  }
}
