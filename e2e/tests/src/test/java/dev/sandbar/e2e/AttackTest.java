package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.probe.Judged.Verdict;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.core.report.Attested;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.image.ProbeReport;
import dev.sandbar.vdev.image.ProbeReport.Attempt;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The attack probe as an app that asks for nothing, from a commit to a running service, on each
 * version of systemd: what it tries is refused by the kernel.
 */
@ParameterizedClass
@EnumSource(Suite.class)
final class AttackTest {

  private static final String IMAGE = "closed-image";
  private static final String HOST = "closed-host";
  private static final String HOLDER = "holder";
  private static final String NOSY = "nosy";
  private static final String NOSY_OPEN = "nosy-open";

  /** Reads what it can of other apps' units. */
  private static final String READ_UNITS =
      "run: {command: [/bin/sh, -c, \"grep -rs of-the-holder /etc /run /usr/local/lib; cat"
          + " /etc/systemd/system/sandbar-holder.service; ls -A /etc/systemd/system /run/systemd;"
          + " echo END; exec sleep infinity\"]}";

  private static final String WRITER = "writer";

  /** Writes programs where the device lets everybody write. */
  private static final String WRITE_PROGRAMS =
      "run: {command: [/bin/sh, -c, \"cp /bin/true /opt/open/app; cp /bin/true /usr/local/open/app;"
          + " echo END; exec sleep infinity\"]}";

  /** What no other process can read, or what the library of this machine has no names for. */
  private static final List<String> UNKNOWN =
      List.of(
          "KeyringMode",
          "MemoryDenyWriteExecute",
          "PartOf",
          "RequiresMountsFor",
          "SecureBits",
          "SystemCallFilter");

  private static final List<String> LISTENING =
      List.of("bind-call", "bind-every-family", "bind-unix-pair", "listen-call");

  /** Asks for every group of calls that can be asked for, and so for what no permission grants. */
  private static final String ASKING = "closed-asking";

  /** Groups of one thing to ask for, which who names them gets. */
  private static final List<String> GIVEN =
      List.of("@chown", "@debug", "@keyring", "@memlock", "@resources", "@setuid");

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  AttackTest(Suite suite) {
    assertThat(bench.device().suite()).isEqualTo(suite);
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) throws IOException {
    bench =
        Workbench.boot(
            suite,
            Map.of("records", "/srv/records"),
            "mkdir -p /srv/records; mkdir -m 1777 /opt/open /usr/local/open");
    bench.declare(
        Map.of(
            IMAGE,
            bench.probe(IMAGE, "", ""),
            HOST,
            Workbench.hostProbe(HOST, "", ""),
            ASKING,
            bench.probe(ASKING, "", everyGroup()),
            HOLDER,
            Workbench.manifest(
                HOLDER,
                "run: {command: [/bin/sleep, infinity], environment: {TOKEN: of-the-holder}}")));
    bench.awaitReady(List.of(IMAGE, HOST, ASKING, HOLDER));
    bench.declare(
        Map.of(
            NOSY,
            Workbench.manifest(NOSY, READ_UNITS),
            NOSY_OPEN,
            Workbench.manifest(
                NOSY_OPEN, READ_UNITS + "\n  mode: Open\n  directives: {DynamicUser: \"yes\"}"),
            WRITER,
            Workbench.manifest(WRITER, WRITE_PROGRAMS)));
    bench.awaitReady(List.of(NOSY, NOSY_OPEN, WRITER));
  }

  private static String everyGroup() {
    DeviceFacts facts = bench.facts();
    List<String> groups =
        facts.syscallGroups().keySet().stream()
            .filter(group -> !GIVEN.contains(group))
            .filter(group -> isAccepted(group, facts))
            .toList();
    assertThat(groups).contains("@system-service", "@ipc", "@process", "@io-event");
    return asking(groups);
  }

  private static String asking(List<String> groups) {
    return "systemCalls: {allow: [\"" + String.join("\", \"", groups) + "\"]}";
  }

  private static boolean isAccepted(String group, DeviceFacts facts) {
    String manifest = bench.probe(ASKING, "", asking(List.of(group)));
    return Workbench.compilation(manifest, facts) instanceof Compilation.Compiled;
  }

  @AfterParameterizedClassInvocation
  static void remove() throws InterruptedException {
    bench.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {IMAGE, HOST, ASKING})
  void anAppThatAsksForNothingGetsNothing(String app) {
    ProbeReport report = bench.report(app);

    assertThat(report.attempts()).hasSizeGreaterThanOrEqualTo(250);
    assertThat(report.failedControls()).as("what any program needs").isEmpty();
    assertThat(report.breaches()).isEmpty();
  }

  /** In a unit of its own, as {@code sandbar probe} runs it, with what the app has granted. */
  @ParameterizedTest
  @ValueSource(strings = {IMAGE, HOST, ASKING})
  void aKitBesideAnAppGetsNothingEither(String app) throws IOException {
    ProbeJudgement judged = ProbeJudgements.beside(bench, app);

    assertThat(judged.with(Verdict.NOT_GRANTED)).isEmpty();
    assertThat(judged.with(Verdict.REFUSED)).hasSizeGreaterThanOrEqualTo(240);
  }

  /** No BPF program holds it back from ports: no call gets so far. */
  @ParameterizedTest
  @ValueSource(strings = {IMAGE, HOST, ASKING})
  void anAppWithoutPortsNeitherBindsNorListensOfAnyFamily(String app) {
    assertThat(bench.compiled(app).directives())
        .noneMatch(line -> line.name().startsWith("SocketBind"));
    assertThat(bench.report(app).attempts())
        .filteredOn(attempt -> LISTENING.contains(attempt.id()))
        .hasSize(LISTENING.size())
        .allSatisfy(
            attempt -> {
              assertThat(attempt.outcome()).isEqualTo(ProbeReport.Outcome.DENIED);
              assertThat(attempt.errno()).isEqualTo("EPERM");
            });
  }

  /**
   * What docs/reference/limits.md says of jit is so; where it is not any more, that line can go.
   */
  @Test
  void codeThatAnAppWroteIsExecutedByWhoeverKnowsHow() {
    assertThat(bench.report(IMAGE).attempts())
        .filteredOn(attempt -> List.of("alias-exec", "proc-self-mem").contains(attempt.id()))
        .hasSize(2)
        .allMatch(attempt -> attempt.outcome() == ProbeReport.Outcome.OPEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {NOSY, NOSY_OPEN})
  void noAppReadsTheUnitOfAnother(String app) {
    await().atMost(Apps.SOON).until(() -> bench.journal(app).contains("END"));

    assertThat(bench.sh("stat -c %a " + Apps.file(HOLDER))).isEqualTo("600");
    assertThat(bench.device().read(Apps.file(HOLDER))).contains("of-the-holder");
    assertThat(bench.journal(app)).doesNotContain("of-the-holder");
    if (app.equals(NOSY)) {
      assertThat(bench.journal(app)).doesNotContain("sandbar.target.wants", "generator");
    }
  }

  /** Files that everybody may write are no place for programs of a closed app. */
  @Test
  void noAppWritesWhereProgramsAre() {
    await().atMost(Apps.SOON).until(() -> bench.journal(WRITER).contains("END"));

    assertThat(bench.sh("ls /opt/open /usr/local/open")).doesNotContain("app\n");
    assertThat(bench.journal(WRITER)).contains("Read-only file system");
  }

  @ParameterizedTest
  @ValueSource(strings = {IMAGE, HOST, WRITER})
  void everyDirectiveIsShownByTheKernel(String app) {
    Map<String, Attested> attested = bench.attested(app);

    assertThat(attested).hasSizeGreaterThan(45);
    assertThat(attested.values())
        .filteredOn(it -> it.result() == Enforcement.DEGRADED)
        .as("declared otherwise than enforced")
        .isEmpty();
    assertThat(attested.values())
        .filteredOn(it -> it.result() == Enforcement.UNKNOWN)
        .extracting(Attested::directive)
        .isSubsetOf(UNKNOWN);
    assertThat(attested.get("SocketBindDeny"))
        .isNotNull()
        .satisfies(
            it -> {
              assertThat(it.declared()).isEqualTo("by SystemCallFilter");
              assertThat(it.kernel()).contains("refuses bind, listen");
            });
    if (bench.device().suite() == Suite.BOOKWORM) {
      // Of the release whose library this machine is likely to have.
      assertThat(attested.values())
          .filteredOn(it -> it.directive().equals("SystemCallFilter"))
          .allMatch(it -> it.result() == Enforcement.ENFORCED && it.kernel().contains("refuses"))
          .hasSize(1);
    }
  }

  @Test
  void whatSomebodyOpensByHandIsSeen() {
    String pid = Apps.pid(bench.device(), HOLDER);
    assertThat(bench.attested(HOLDER).values())
        .noneMatch(it -> it.result() == Enforcement.DEGRADED);

    bench.sh("nsenter --target " + pid + " --mount mount -o remount,bind,rw /usr");
    bench.sh("nsenter --target " + pid + " --mount umount /home");

    assertThat(bench.attested(HOLDER).values())
        .filteredOn(it -> it.result() == Enforcement.DEGRADED)
        .extracting(Attested::directive)
        .containsExactlyInAnyOrder("BindReadOnlyPaths", "ProtectHome", "ProtectSystem");
  }

  /** What this machine's kernel can hold of it is another matter. */
  @Test
  void allAppsTogetherLeaveSomeOfTheDevice() throws IOException {
    assertThat(
            bench
                .sh(
                    "systemctl show -p MemoryMax -p TasksMax -p CPUWeight -p IOWeight"
                        + " sandbar.slice")
                .lines())
        .contains("CPUWeight=50", "IOWeight=50")
        .noneMatch(line -> line.contains("infinity"));
    boolean whole =
        bench
            .facts()
            .features()
            .containsAll(
                List.of(
                    Feature.MEMORY_CONTROLLER,
                    Feature.PIDS_CONTROLLER,
                    Feature.CPU_CONTROLLER,
                    Feature.IO_CONTROLLER));
    assertThat(bench.problems())
        .filteredOn(problem -> problem.contains("sandbar.slice"))
        .hasSize(whole ? 0 : 1);
  }

  /** The clock is the machine's, and so is every other device's. */
  @Test
  void noDeviceSetsTheClockOfTheMachine() {
    long setTime = 1L << 25;
    for (String who : List.of("1", "self")) {
      String bounding =
          bench.sh("sed -n 's/^CapBnd:[[:space:]]*//p' /proc/%s/status".formatted(who));
      assertThat(Long.parseUnsignedLong(bounding, 16) & setTime).as(who).isZero();
    }
  }

  /** Without it, a probe that always says "denied" would pass. */
  @Test
  void theSameProbeGetsFarWithoutASandbox() {
    ProbeReport plain =
        ProbeReport.parse(bench.device().exec(Duration.ofSeconds(60), Workbench.PROBE).stdout());

    assertThat(plain.complete()).isTrue();
    assertThat(plain.breaches()).hasSizeGreaterThan(120);
    assertThat(groups(plain.breaches()))
        .containsAll(
            List.of(
                "network",
                "ports",
                "ipc",
                "namespaces",
                "mounts",
                "kernel",
                "processes",
                "memory",
                "execution",
                "identity",
                "resources",
                "files",
                "brickerbot"));
  }

  @ParameterizedTest
  @ValueSource(strings = {IMAGE, HOST})
  void theKernelHoldsWhatTheUnitSays(String app) {
    assertThat(bench.differences(app)).isEmpty();

    String pid =
        bench.sh("systemctl show --value --property=MainPID sandbar-%s.service".formatted(app));
    Map<String, String> status = status(bench.device().read("/proc/" + pid + "/status"));
    assertThat(status)
        .containsEntry("Seccomp", "2")
        .containsEntry("NoNewPrivs", "1")
        .containsEntry("CapPrm", "0000000000000000")
        .containsEntry("CapEff", "0000000000000000")
        .containsEntry("CapBnd", "0000000000000000")
        .containsEntry("CapAmb", "0000000000000000");
    List<String> users = List.of(status.getOrDefault("Uid", "").split("\t"));
    assertThat(users).hasSize(4).allMatch(uid -> Integer.parseInt(uid) >= 61184, "a dynamic user");
    for (String namespace : List.of("mnt", "net", "ipc", "uts", "user")) {
      String link = "readlink /proc/%s/ns/" + namespace;
      assertThat(bench.sh(link.formatted(pid))).isNotEqualTo(bench.sh(link.formatted("1")));
    }
  }

  private static TreeSet<String> groups(List<Attempt> attempts) {
    return attempts.stream().map(Attempt::group).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Map<String, String> status(String text) {
    var fields = new TreeMap<String, String>();
    text.lines()
        .map(line -> line.split(":", 2))
        .forEach(pair -> fields.put(pair[0], pair[1].strip()));
    return fields;
  }
}
