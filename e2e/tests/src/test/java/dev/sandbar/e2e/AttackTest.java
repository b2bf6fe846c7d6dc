package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  AttackTest(Suite suite) {
    assertThat(bench.device().suite()).isEqualTo(suite);
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) throws IOException {
    bench = Workbench.boot(suite, Map.of("records", "/srv/records"), "mkdir -p /srv/records");
    bench.declare(
        Map.of(IMAGE, bench.probe(IMAGE, "", ""), HOST, Workbench.hostProbe(HOST, "", "")));
    bench.awaitReady(List.of(IMAGE, HOST));
  }

  @AfterParameterizedClassInvocation
  static void remove() throws InterruptedException {
    bench.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {IMAGE, HOST})
  void anAppThatAsksForNothingGetsNothing(String app) {
    ProbeReport report = bench.report(app);

    assertThat(report.attempts()).hasSizeGreaterThanOrEqualTo(250);
    assertThat(report.failedControls()).as("what any program needs").isEmpty();
    assertThat(report.breaches()).isEmpty();
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
