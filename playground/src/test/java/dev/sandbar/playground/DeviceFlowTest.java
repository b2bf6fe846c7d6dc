package dev.sandbar.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.device.agent.Agent;
import dev.sandbar.vdev.DeviceRegistry;
import dev.sandbar.vdev.Prerequisites;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The life of one virtual device, by the command line alone. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DeviceFlowTest {
  private static final String NAME = "cli-flow-" + ProcessHandle.current().pid();
  private static final String APP =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: sleeper}
      spec:
        run: {command: [/usr/bin/sleep, infinity]}
        permissions: {state: true%s}
      """;

  @TempDir static Path temp;

  private static Path spec(String permissions) throws IOException {
    return Files.writeString(temp.resolve("sleeper.yaml"), APP.formatted(permissions));
  }

  @BeforeAll
  static void boot() {
    var lacks = Prerequisites.missing(Suite.TRIXIE);
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(lacks).as("what virtual devices need").isEmpty();
    }
    var ran = Ran.sandbar("device", "boot", NAME, "-o", "json");
    assertThat(ran.err()).isEmpty();
    assertThat(ran.json().text("suite")).isEqualTo("trixie");
  }

  @AfterAll
  static void remove() {
    DeviceRegistry.find(NAME).ifPresent(VirtualDevice::close);
  }

  @Test
  @Order(1)
  void aDeviceIsListedAndUsedByName() {
    assertThat(Ran.sandbar("device", "list").out()).containsPattern(NAME + " +trixie +running");
    assertThat(Ran.sandbar("device", "boot", NAME).err()).contains("runs already");
    assertThat(Ran.sandbar("device", "exec", NAME, "sh", "-c", "hostname; echo no >&2; exit 7"))
        .isEqualTo(new Ran(7, NAME + "\n", "no\n"));
    var fed = Ran.with(Map.of(), "from outside", "device", "exec", NAME, "cat", "-");
    assertThat(fed.out()).isEqualTo("from outside");
    assertThat(Ran.sandbar("device", "exec", NAME + "x", "true").err())
        .contains("there is no virtual device " + NAME + "x")
        .contains(NAME);
    assertThat(Ran.sandbar("device", "shell", NAME).err()).contains("a shell needs a terminal");
  }

  @Test
  @Order(2)
  void factsAreFoundByTrying() {
    var ran = Ran.sandbar("facts", "--device", NAME, "-o", "json");
    assertThat(ran.code()).isZero();
    Fields facts = ran.json();
    assertThat(facts.number("systemdVersion")).isEqualTo(257);
    assertThat(facts.list("features", Fields::text)).contains("SECCOMP", "CGROUP_BPF_IP");
    assertThat(Ran.sandbar("facts", "--device", NAME).out()).containsPattern("yes +seccomp");
  }

  @Test
  @Order(3)
  void labelsOfTheOwnerAreAmongTheFacts() throws IOException {
    var set =
        Ran.with(
            Map.of(),
            "apiVersion: sandbar.dev/v1alpha1\nkind: AgentConfig\nlabels: {site: berlin}\n",
            "device",
            "exec",
            NAME,
            "sh",
            "-c",
            "mkdir -p /etc/sandbar; cat > /etc/sandbar/agent.yaml");
    assertThat(set.code()).isZero();
    Path elsewhere =
        Files.writeString(
            temp.resolve("rome.yaml"),
            APP.formatted("") + "  devices: {matchLabels: {site: rome}}\n");
    var ran = Ran.sandbar("plan", elsewhere.toString(), "--device", NAME);
    assertThat(ran.err()).contains("1 app of other devices left out");
  }

  @Test
  @Order(4)
  void whatIsAppliedIsThenAsDeclared() throws IOException {
    String file = spec("").toString();
    var planned = Ran.sandbar("plan", file, "--device", NAME);
    assertThat(planned.code()).isEqualTo(2);
    assertThat(planned.out()).contains("+ sleeper  new");
    var refused = Ran.onTerminal(Map.of("NO_COLOR", "1"), "n\n", "apply", file, "--device", NAME);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.out()).contains("Nothing was changed.");
    var applied = Ran.onTerminal(Map.of("NO_COLOR", "1"), "y\n", "apply", file, "--device", NAME);
    assertThat(applied.out()).contains("done  sleeper");
    assertThat(applied.code()).isZero();
    var again = Ran.sandbar("plan", file, "--device", NAME);
    assertThat(again.out())
        .isEqualTo("= sleeper  as declared\nThe device is as declared: nothing to do.\n");
    assertThat(again.code()).isZero();
    assertThat(
            Ran.sandbar("device", "exec", NAME, "systemctl", "is-active", "sandbar-sleeper.service")
                .out())
        .isEqualTo("active\n");
  }

  @Test
  @Order(5)
  void aSavedObservationGivesTheSamePlanElsewhere() throws IOException {
    Path saved = temp.resolve("seen.json");
    assertThat(Ran.sandbar("observe", "--device", NAME, "--out", saved.toString()).out())
        .startsWith("saved ");
    String file = spec(", internet: true").toString();
    var here = Ran.sandbar("plan", file, "--device", NAME);
    var there = Ran.sandbar("plan", file, "--observation", saved.toString());
    assertThat(there).isEqualTo(here);
    assertThat(there.code()).isEqualTo(2);
    assertThat(there.out())
        .startsWith("~ sleeper  changes, with a restart because of ")
        .containsPattern("RestrictAddressFamilies +internet +only \\(none\\) -> only AF_INET")
        .doesNotContain("SANDBAR_GENERATION");
    assertThat(there.out().lines()).allMatch(line -> line.length() <= 80, "fits 80 columns");
  }

  @Test
  @Order(6)
  void whatSomeoneElseChangedIsInThePlan() throws IOException {
    String file = spec("").toString();
    Ran.sandbar(
        "device",
        "exec",
        NAME,
        "sh",
        "-c",
        "mkdir /etc/systemd/system/sandbar-sleeper.service.d;"
            + " printf '[Service]\\nPrivateUsers=no\\n'"
            + " > /etc/systemd/system/sandbar-sleeper.service.d/50-x.conf;"
            + " systemctl daemon-reload");
    var ran = Ran.sandbar("plan", file, "--device", NAME, "-o", "json");
    assertThat(ran.code()).isEqualTo(2);
    Fields app = ran.json().list("apps", Fields::of).getFirst();
    assertThat(app.list("differences", n -> Fields.of(n).text("subject")))
        .contains("PrivateUsers", "/etc/systemd/system/sandbar-sleeper.service.d/50-x.conf");
    assertThat(Ran.sandbar("apply", file, "--device", NAME, "--yes", "--no-wait").code()).isZero();
    assertThat(Ran.sandbar("plan", file, "--device", NAME).code()).isZero();
  }

  @Test
  @Order(7)
  void pruneRemovesWhatIsNoLongerDeclaredButNeverEverything() throws IOException {
    Path nothing = Files.writeString(temp.resolve("nothing.yaml"), "# no app\n");
    var empty = Ran.sandbar("plan", nothing.toString(), "--prune", "--device", NAME);
    assertThat(empty.code()).isEqualTo(1);
    assertThat(empty.err()).contains("nothing is removed");
    Path other =
        Files.writeString(
            temp.resolve("other.yaml"), APP.formatted("").replace("sleeper", "other"));
    var kept = Ran.sandbar("plan", other.toString(), "--device", NAME);
    assertThat(kept.out()).doesNotContain("- sleeper");
    var ran =
        Ran.sandbar("apply", other.toString(), "--prune", "--yes", "--no-wait", "--device", NAME);
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("- sleeper  will be removed", "done  sleeper", "done  other");
    assertThat(Ran.sandbar("device", "exec", NAME, "ls", "/etc/systemd/system").out())
        .contains("sandbar-other.service")
        .doesNotContain("sandbar-sleeper.service\n");
  }

  @Test
  @Order(8)
  void anAppThatDoesNotStayUpIsNotDone() throws IOException {
    Path file = temp.resolve("crashing.yaml");
    String crashing =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: crashing}
        spec:
          run: {command: [%s]}
        """;
    Files.writeString(file, crashing.formatted("/usr/bin/false"));
    var ran = Ran.sandbar("apply", file.toString(), "--yes", "--device", NAME);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out())
        .doesNotContain("done  crashing")
        .contains("rolled back", "did not stay up", "exit status 1", "journalctl");
    assertThat(Ran.sandbar("plan", file.toString(), "--device", NAME).out()).contains("+ crashing");

    // It has a version to go back to, which runs again.
    Files.writeString(file, crashing.formatted("/usr/bin/sleep, infinity"));
    assertThat(Ran.sandbar("apply", file.toString(), "--yes", "--no-wait", "--device", NAME).code())
        .isZero();
    Files.writeString(file, crashing.formatted("/usr/bin/sleep, '0.2'"));
    ran = Ran.sandbar("apply", file.toString(), "--yes", "--device", NAME);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(Ran.sandbar("device", "exec", NAME, "systemctl", "show", "sandbar-crashing").out())
        .contains("infinity", "ActiveState=active");

    // Whoever does not want to wait learns of it from the next plan.
    // Between two lives it would seem to run.
    Files.writeString(
        file, crashing.formatted("/usr/bin/false") + "  directives: {RestartSec: 5min}\n");
    Ran.sandbar("apply", file.toString(), "--yes", "--no-wait", "--device", NAME);
    ran = Ran.sandbar("plan", file.toString(), "--device", NAME);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out())
        .contains("! crashing  as declared, but it does not stay up: restarting", "status 1")
        .contains("The device is as declared, but 1 app does not stay up.");
    assertThat(Ran.sandbar("apply", file.toString(), "--yes", "--device", NAME).code())
        .isEqualTo(1);
    Ran.sandbar("device", "exec", NAME, "systemctl", "stop", "sandbar-crashing");
  }

  @Test
  @Order(9)
  void whatTakesLongIsWaitedForOnlySoLong() throws IOException {
    String stubborn =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: stubborn}
        spec:
          run: {command: [/usr/bin/sh, -c, "trap '' TERM; while :; do sleep 1; done", "%d"]}
          directives: {TimeoutStopSec: 80s}
        """;
    Path file = Files.writeString(temp.resolve("stubborn.yaml"), stubborn.formatted(1));
    assertThat(Ran.sandbar("apply", file.toString(), "--yes", "--no-wait", "--device", NAME).code())
        .isZero();
    Files.writeString(file, stubborn.formatted(2));
    var ran = Ran.sandbar("apply", file.toString(), "--yes", "--timeout", "3s", "--device", NAME);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out())
        .contains("unfinished  stubborn", "not finished within --timeout")
        .doesNotContain("done  stubborn");
    Ran.sandbar("device", "exec", NAME, "systemctl", "kill", "-s", "KILL", "sandbar-stubborn");
    Ran.sandbar("device", "exec", NAME, "systemctl", "stop", "sandbar-stubborn");
  }

  @Test
  @Order(10)
  void nothingIsAppliedBesideAnAgent() throws IOException {
    String status =
        "{\"writtenAt\": \"%s\", \"source\": {\"url\": \"https://git.example.com/apps\"}}"
            .formatted(Instant.now());
    String script = "mkdir -p /run/sandbar; cat > /run/sandbar/status.json";
    Ran.with(Map.of(), status, "device", "exec", NAME, "sh", "-c", script);
    Path root = DeviceRegistry.find(NAME).orElseThrow().root();
    try (var _ = Agent.lock(root).orElseThrow()) {
      var ran = Ran.sandbar("apply", spec("").toString(), "--yes", "--device", NAME);
      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).contains("follow https://git.example.com/apps");
    }
    assertThat(Ran.sandbar("apply", spec("").toString(), "--yes", "--device", NAME).code())
        .as("what an agent that has stopped has reported keeps nobody off")
        .isZero();
  }

  @Test
  @Order(11)
  void aPowerCutKeepsTheDisk() {
    assertThat(Ran.sandbar("device", "power-cut", NAME).out())
        .isEqualTo(NAME + " lost its power\n");
    assertThat(Ran.sandbar("device", "exec", NAME, "true").err()).contains("is down");
    assertThat(Ran.sandbar("device", "boot", NAME).code()).isZero();
    assertThat(
            Ran.sandbar("device", "exec", NAME, "systemctl", "is-active", "sandbar-other.service")
                .out())
        .isEqualTo("active\n");
    assertThat(Ran.sandbar("device", "remove", NAME).out()).isEqualTo(NAME + " is removed\n");
    assertThat(DeviceRegistry.find(NAME)).isEmpty();
  }
}
