package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.RunningProgram;
import dev.sandbar.vdev.VirtualDevice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as root types it on a device: first without an agent, then with one. */
class DeviceCommandsTest {

  private static final Pattern EXPOSURE =
      Pattern.compile("exposure level for .*: ([0-9.]+ [A-Z]+)");

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String HELLO = "pump says hello";
  private static final String TALKING =
      "run: {command: [/usr/bin/sh, -c, 'echo "
          + HELLO
          + "; exec sleep infinity'], environment: {V: '%s'}}";

  private CommandResult sandbar(VirtualDevice device, String line) {
    return DeviceCli.run(device, LIMIT, line);
  }

  private String good(VirtualDevice device, String line) {
    CommandResult result = sandbar(device, line);
    assertThat(result.exitCode()).as("%s: %s%s", line, result.stdout(), result.stderr()).isZero();
    return result.stdout();
  }

  private String bad(VirtualDevice device, String line) {
    CommandResult result = sandbar(device, line);
    assertThat(result.exitCode()).as("%s: %s%s", line, result.stdout(), result.stderr()).isOne();
    return result.stderr().replaceAll("\\s+", " ");
  }

  private static String pump(int version) {
    return Apps.manifest("pump", TALKING.formatted(version));
  }

  private static String valve(int version) {
    return Apps.waiting("valve", "drift: {mode: Correct}")
        .replace("infinity", "'%d'".formatted(100_000 + version));
  }

  @Test
  void doWhatTheirHelpSays(@TempDir Path folder) throws Exception {
    var builder = ChildJvm.shown(VirtualDevice.named("commands"));
    try (VirtualDevice device = builder.boot()) {
      withoutAnAgent(device);
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet"))
              .write("pump.yaml", pump(1))
              .write("valve.yaml", valve(1))
              .commitAll("Two apps");
      try (DeviceLoop loop = start(device, repository)) {
        Apps.awaitReady(loop, "pump", "valve");
        reconcileAndSuspend(device, loop, repository);
      }
      try (DeviceLoop loop = start(device, repository)) {
        staysSuspendedAndIsResumed(device, loop, repository);
        looks(device, loop);
        assertThat(bad(device, "delete valve")).contains("does not hold back", "Remove it from");
      }
      // Its last report is of a moment ago.
      assertThat(good(device, "delete valve")).contains("removed  valve");
      assertThat(Apps.state(device, "valve")).isEqualTo("inactive");
    }
  }

  /** One that does nothing by itself for an hour: what happens was asked for. */
  private static DeviceLoop start(VirtualDevice device, GitRepository repository) throws Exception {
    return DeviceLoop.start(
        device,
        repository,
        s -> {
          DeviceSettings.Git git = s.git();
          Duration hour = Duration.ofHours(1);
          return DeviceLoop.sweeping(hour)
              .apply(s)
              .with(
                  new DeviceSettings.Git(
                      git.url(), git.ref(), git.path(), hour, "", "git", "", "", ""));
        },
        Backoff.STANDARD);
  }

  /** A program that nothing prepared: it writes to the journal what the kernel answers it. */
  private void saysWhatIsDenied(VirtualDevice device) {
    String meter =
        "run: {command: [/usr/bin/sh, -c, 'cat /proc/meminfo; exec sleep infinity']}, files: [{path: /run/map, from: {file: map}}]";
    device.write("/root/meter.yaml", Apps.manifest("meter", meter));
    appliesALargeFile(device);
    CommandResult why =
        await()
            .atMost(LIMIT)
            .until(
                () -> sandbar(device, "why meter --file /root/meter.yaml"),
                result -> result.exitCode() == 2);
    assertThat(why.stdout().lines())
        .contains("    permissions: {systemInfo: true}")
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    assertThat(sandbar(device, "why meter --file /root/meter.yaml -o json").stdout())
        .contains("\"refused\"", "cat: /proc/meminfo", "\"level\": \"Normal\"");
    assertThat(good(device, "why pump --file /root/apps/pump.yaml")).contains("Nothing that pump");
    assertThat(bad(device, "why nobody")).contains("has applied no app nobody");
    assertThat(good(device, "delete meter")).contains("meter");
  }

  /** No spec has room for it, and nobody keeps its content but the app. */
  private void appliesALargeFile(VirtualDevice device) {
    device.write("/root/map", "x".repeat(100_000));
    assertThat(good(device, "apply /root/meter.yaml --yes")).contains("done  meter");
    String bound = "/proc/" + Apps.pid(device, "meter") + "/root/run/map";
    assertThat(device.exec("wc", "-c", bound).stdout()).startsWith("100000 ");
    assertThat(device.exec("ls", "/var/lib/sandbar/contents").stdout()).isEmpty();
    assertThat(good(device, "plan /root/meter.yaml")).contains("nothing to do");
  }

  /** A service stays where it is, and what it did not do is taken from it. */
  private void confinesAServiceOfTheDevice(VirtualDevice device) {
    device.write("/etc/systemd/system/gauge.service", LearnedFilesTest.GAUGE);
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "gauge").orThrow();
    CommandResult learned = sandbar(device, "learn gauge --adopt --restart --for 2s");
    assertThat(learned.exitCode()).as(learned.stderr()).isZero();
    assertThat(learned.stdout())
        .contains("unit: gauge.service", "mode: Open", "internet: false", "ProtectSystem: full");
    device.write(CONFINED, learned.stdout());
    assertThat(bad(device, "plan " + CONFINED)).contains("policy: {adopt: [...]}");
    device.write(
        DeviceSettings.PATH,
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        git: {url: "file:///srv/fleet"}
        policy: {adopt: [gauge.service]}
        """);
    device.exec("chmod", "600", DeviceSettings.PATH).orThrow();
    assertThat(good(device, "explain " + CONFINED)).contains("confines", "gauge.service");
    device.write(
        "/root/tight.yaml",
        learned
            .stdout()
            .replace("  directives:\n", "  directives:\n    ReadOnlyPaths: /var/lib/gauge\n"));
    CommandResult tight = sandbar(device, "plan /root/tight.yaml");
    assertThat(tight.exitCode()).isEqualTo(2);
    assertThat(tight.stderr().replaceAll("\\s+", " "))
        .contains(
            "gauge.service writes to /var/lib/gauge/log now, which directives of the app closes");
    CommandResult plan = sandbar(device, "plan " + CONFINED);
    assertThat(plan.exitCode()).as(plan.stderr()).isEqualTo(2);
    assertThat(plan.stdout()).contains("exposure: ");
    assertThat(plan.stderr()).doesNotContain("closes");
    assertThat(good(device, "apply " + CONFINED + " --yes")).contains("done  gauge");
    assertThat(good(device, "plan " + CONFINED)).contains("gauge");
    assertThat(good(device, "attest gauge --file " + CONFINED))
        .contains("ProtectSystem", "Enforced")
        .doesNotContain("Degraded");
    assertThat(bad(device, "probe gauge --kit /bin/true --file " + CONFINED))
        .contains("the kit reported no attempt");
    assertThat(good(device, "logs gauge -n 3")).doesNotContain("sandbar-gauge");
    assertThat(good(device, "delete gauge")).contains("removed  gauge");
    assertThat(device.exec("systemctl", "is-active", "gauge").stdout()).startsWith("active");
    assertThat(device.exec("ls", "/etc/systemd/system/gauge.service.d").exitCode()).isNotZero();
    device.exec("sh", "-c", "systemctl stop gauge; rm " + DeviceSettings.PATH).orThrow();
  }

  private static final String MISSING_IMAGE =
      "image: {url: 'file:///root/none.squashfs', sha256: %s}, run: {command: [/usr/bin/true]}"
          .formatted("0".repeat(64));

  private static final String CONFINED = "/root/confined.yaml";

  private void withoutAnAgent(VirtualDevice device) {
    device.write("/root/apps/pump.yaml", pump(1));
    assertThat(sandbar(device, "plan /root/apps --out /root/plan.json").exitCode()).isEqualTo(2);
    device.write("/root/apps/pump.yaml", pump(2));
    assertThat(bad(device, "apply /root/plan.json")).contains("is stale", "for pump");
    assertThat(Apps.state(device, "pump")).isEqualTo("inactive");
    device.write("/root/apps/pump.yaml", pump(1));
    assertThat(good(device, "apply /root/plan.json --no-wait")).contains("done  pump");
    assertThat(Apps.state(device, "pump")).isEqualTo("active");
    assertThat(bad(device, "apply /root/plan.json")).contains("is stale");
    showsWhatADropInExposes(device);
    saysWhatIsDenied(device);
    HealthTest.appliesByHand(device, line -> sandbar(device, line));
    confinesAServiceOfTheDevice(device);
    bringsWhatAnAppNeedsBesideItsUnit(device);
    assertThat(good(device, "logs pump")).contains(HELLO);
    assertThat(bad(device, "logs nobody")).contains("there is no app nobody on this device");
    assertThat(bad(device, "reconcile")).contains("no agent has reported");
  }

  /** Sockets and timers are units of their own, which go with the app. */
  private void bringsWhatAnAppNeedsBesideItsUnit(VirtualDevice device) {
    device.write(
        "/root/page.yaml",
        Apps.waiting(
            "page",
            "permissions: {ports: [{name: web, port: 80, via: Socket, from: [192.168.1.0/24]}]}"));
    device.write(
        "/root/report.yaml",
        Apps.manifest("report", "run: {command: [/usr/bin/true], schedule: \"@yearly\"}"));
    String units =
        "systemctl list-units --plain --no-legend --state=active 'sandbar-*-*.*' | wc -l";
    String files = "ls -R /etc/systemd/system | grep -cE '^sandbar-(page|report)'";
    assertThat(good(device, "apply /root/page.yaml /root/report.yaml --yes"))
        .contains("done  page", "done  report");
    assertThat(device.exec("sh", "-c", units).stdout().strip()).isEqualTo("2");
    assertThat(Apps.state(device, "page")).isEqualTo("active");
    assertThat(Apps.state(device, "report")).isEqualTo("inactive");
    assertThat(good(device, "plan /root/report.yaml")).contains("as declared");
    assertThat(good(device, "delete page") + good(device, "delete report"))
        .contains("page", "report");
    assertThat(device.exec("sh", "-c", units + "; " + files).stdout().lines())
        .containsExactly("0", "0");
  }

  private void showsWhatADropInExposes(VirtualDevice device) {
    String declared = exposure(device);
    device.write(Apps.file("pump") + ".d/x.conf", "[Service]\nProtectHome=no\nPrivateUsers=no\n");
    device.exec("systemctl", "daemon-reload").orThrow();
    assertThat(exposure(device)).isNotEqualTo(declared);
    assertThat(sandbar(device, "plan /root/apps").stdout())
        .contains("exposure: " + exposure(device) + " -> " + declared);
    device.exec("rm", "-r", Apps.file("pump") + ".d").orThrow();
    device.exec("systemctl", "daemon-reload").orThrow();
  }

  /** As the device's own tool says: {@code 0.9 SAFE}. */
  private static String exposure(VirtualDevice device) {
    String said = device.exec("systemd-analyze", "security", Apps.unit("pump")).stdout();
    Matcher level = EXPOSURE.matcher(said);
    assertThat(level.find()).as(said).isTrue();
    return level.group(1);
  }

  private void reconcileAndSuspend(VirtualDevice device, DeviceLoop loop, GitRepository repository)
      throws Exception {
    repository.commit("valve.yaml", valve(2));
    assertThat(good(device, "reconcile")).contains("reconciled", repository.head());
    Apps.awaitApplied(loop, repository, "valve");

    // What is reported is what this revision comes to, and not the one before.
    repository.commit("late.yaml", Apps.manifest("late", MISSING_IMAGE));
    assertThat(unready(device)).contains(repository.head(), "not ready  late: image");
    repository.commit("late.yaml", Apps.waiting("late", "permissions: {}"));
    assertThat(good(device, "reconcile")).contains(repository.head()).doesNotContain("late");
    repository.commit("late.yaml", Apps.waiting("late", "permissions: {inernet: true}"));
    assertThat(unready(device)).contains(repository.head(), "late.yaml:", "inernet");
    repository.commit("other.yaml", "kind: [");
    assertThat(unready(device)).contains(repository.head(), "error  other.yaml:1:");
    repository.remove("other.yaml");
    repository.remove("late.yaml");
    assertThat(good(device, "reconcile")).contains("reconciled", repository.head());

    assertThat(good(device, "hold valve --reason trying")).isEqualTo("held  valve\n");
    assertThat(bad(device, "hold valve --for soon")).contains("90m, 12h or 2d");
    repository.commit("valve.yaml", valve(9));
    assertThat(good(device, "reconcile"))
        .contains(repository.head(), "waiting  valve: held at this version (trying)");
    assertThat(good(device, "status valve")).contains("held: held at", "sandbar release valve");
    device.write("/root/valve.yaml", valve(9));
    assertThat(sandbar(device, "plan /root/valve.yaml").stdout()).contains("waits: held at this");
    assertThat(good(device, "release valve")).isEqualTo("released  valve\n");
    assertThat(bad(device, "release valve")).contains("is not held");
    Apps.awaitApplied(loop, repository, "valve");
    assertThat(good(device, "suspend valve")).isEqualTo("suspended  valve\n");
    assertThat(bad(device, "suspend nobody")).contains("there is no app nobody");
    repository.commit("valve.yaml", valve(3));
    assertThat(good(device, "reconcile")).contains(repository.head(), "suspended  valve");
    assertThat(Texts.at(loop.app("valve"), "revision")).doesNotContain(repository.head());
    Apps.stop(device, "valve");
    Apps.awaitDrift(loop, "valve", "STATE ActiveState: .*");
  }

  private String unready(VirtualDevice device) {
    CommandResult result = sandbar(device, "reconcile");
    assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isEqualTo(1);
    // It is wrapped where it does not fit.
    return result.stdout().replaceAll("\\s*\n {2,}", " ");
  }

  private void staysSuspendedAndIsResumed(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    Apps.awaitReady(loop, "pump");
    // Not declared any more either, for a while: nothing of that reaches it.
    repository.remove("valve.yaml");
    assertThat(good(device, "reconcile")).contains("suspended  valve");
    assertThat(Apps.state(device, "valve")).isEqualTo("inactive");
    assertThat(loop.drifts("valve")).anyMatch(drift -> drift.contains("ActiveState"));
    assertThat(device.exec("test", "-e", Apps.file("valve")).ok()).isTrue();
    assertThat(good(device, "status valve"))
        .contains("sandbar resume valve", "valve drifted: state ActiveState");

    repository.commit("valve.yaml", valve(4));
    assertThat(good(device, "resume valve")).isEqualTo("resumed  valve\n");
    await().atMost(Apps.SOON).until(() -> Apps.state(device, "valve").equals("active"));
    Apps.awaitApplied(loop, repository, "valve");
    assertThat(bad(device, "resume valve")).contains("is not suspended");
  }

  /** On the device itself, whose library names every call that its systemd names. */
  private void attests(VirtualDevice device) {
    CommandResult shown = sandbar(device, "attest pump -o wide");
    // Test devices lack the controller of TasksMax.
    assertThat(shown.exitCode()).as(shown.stdout() + shown.stderr()).isEqualTo(2);
    assertThat(shown.stdout())
        .containsPattern("\\nSystemCallFilter .* refuses [0-9]+ +Enforced")
        .containsPattern("\\nProtectSystem .* Enforced")
        .containsPattern("\\nTasksMax .* Unsupported")
        .doesNotContain("Degraded");
    assertThat(sandbar(device, "attest pump -o name").stdout().lines())
        .containsExactlyInAnyOrder(
            "KeyringMode", "MemoryDenyWriteExecute", "PartOf", "SecureBits", "TasksMax");
    assertThat(bad(device, "attest nobody")).contains("has applied no app nobody");
    device.write("/root/broken.yaml", pump(1).replace("spec: {", "spec: {drift: {mode: Maybe}, "));
    assertThat(bad(device, "attest pump --file /root/broken.yaml"))
        .contains("/root/broken.yaml:4:", "error: ", "no app pump that could be read");
  }

  /** Of an app that the agent runs, its version is in the file. */
  private void learns(VirtualDevice device) {
    String learned = good(device, "learn pump --for 1s --save /root/pump.json");
    assertThat(learned).contains("name: pump", HELLO);
    CommandResult combined = sandbar(device, "learn --from /root/pump.json --of 2");
    assertThat(combined.stdout()).as(combined.stderr()).isEqualTo(learned);
    assertThat(combined.stderr().replaceAll("\\s+", " "))
        .contains(
            "sandbar-pump.service was seen on 1 of 2 devices", "run.command, run.environment");
    assertThat(bad(device, "learn pump --for 1s --adopt")).contains("is an app already");
  }

  private void looks(VirtualDevice device, DeviceLoop loop) throws Exception {
    attests(device);
    learns(device);
    assertThat(good(device, "status pump"))
        .contains("\nexposure: " + exposure(device).split(" ")[0] + "\n")
        .containsPattern("\\nenforced: [3-9][0-9] directives\\n")
        .contains("\nunsupported: TasksMax\n")
        .containsPattern("\\nunknown: [0-9]+ that the agent cannot read; see: sandbar attest pump")
        .doesNotContain("degraded: ");
    assertThat(events(good(device, "events valve -o json")))
        .containsSubsequence("Suspended", "DriftDetected", "Resumed", "ReconciliationSucceeded");
    try (RunningProgram watching = device.start(DeviceCli.command("status -w -o name"), Map.of());
        RunningProgram logs = device.start(DeviceCli.command("logs pump -f"), Map.of());
        var names =
            new BufferedReader(new InputStreamReader(watching.stdout(), StandardCharsets.UTF_8));
        var lines =
            new BufferedReader(new InputStreamReader(logs.stdout(), StandardCharsets.UTF_8))) {
      assertThat(next(names)).isEqualTo("pump");
      assertThat(next(names)).isEqualTo("valve");
      awaitHello(lines);
      // A change is seen, and a line that comes is shown.
      good(device, "suspend --all");
      assertThat(Texts.at(loop.app("pump"), "suspended")).isEqualTo("true");
      assertThat(next(names)).isEmpty();
      assertThat(next(names)).isEqualTo("pump");
      device.exec("systemctl", "restart", Apps.unit("pump")).orThrow();
      awaitHello(lines);
      assertThat(bad(device, "resume valve")).contains("sandbar resume --all");
      good(device, "resume --all");
      for (RunningProgram program : List.of(watching, logs)) {
        program.terminate();
        assertThat(program.await(Duration.ofSeconds(30))).hasValue(143);
        assertThat(new String(program.stderr().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
      }
    }
    String left = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep '[j]ournalctl.*pump'";
    await().atMost(Apps.SOON).until(() -> device.exec("sh", "-c", left).stdout().isEmpty());
    assertThat(good(device, "version")).contains("agent:  ").doesNotContain("none reports");
  }

  private static void awaitHello(BufferedReader lines) throws Exception {
    while (!next(lines).contains(HELLO)) {
      // Of systemd, or from before.
    }
  }

  /** The next line; it must come, within a minute. */
  private static String next(BufferedReader lines) throws Exception {
    var line =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Objects.requireNonNull(lines.readLine(), "the program has ended");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return line.get(60, TimeUnit.SECONDS);
  }

  private static List<String> events(String json) {
    Node list =
        JsonReader.read("events", json.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    return Texts.items(list, "items").stream().map(item -> Texts.at(item, "reason")).toList();
  }
}
