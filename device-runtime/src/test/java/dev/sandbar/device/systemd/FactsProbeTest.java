package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a real device of each systemd version can do. */
@ParameterizedClass
@EnumSource(Suite.class)
final class FactsProbeTest {

  private static final String EVERY_SERVICE = "/run/systemd/system/service.d/99-test.conf";

  /** The virtual devices have no resource controllers, which the probe must see. */
  private static final EnumSet<Feature> CONTROLLERS =
      EnumSet.of(
          Feature.MEMORY_CONTROLLER,
          Feature.PIDS_CONTROLLER,
          Feature.CPU_CONTROLLER,
          Feature.IO_CONTROLLER);

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  @SuppressWarnings("NullAway.Init")
  private static DbusSystemd systemd;

  private final Suite suite;
  private String before = "";

  FactsProbeTest(Suite suite) {
    this.suite = suite;
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) {
    device = VirtualDevice.named("facts").suite(suite).boot();
    systemd = DbusSystemd.connect("unix:path=" + device.busSocket());
    // The lock stays, for another probe.
    device.exec("sh", "-c", "mkdir /run/sandbar; : >/run/sandbar/facts.lock").orThrow();
  }

  @AfterParameterizedClassInvocation
  static void remove() {
    systemd.close();
    device.close();
  }

  @BeforeEach
  void remember() {
    before = traces();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(traces()).isEqualTo(before).doesNotContain("canary");
  }

  @Test
  void twoAtOnceTakeTurns(@TempDir Path one, @TempDir Path two) throws Exception {
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<DeviceFacts> first = threads.submit(() -> probe().facts(new StateStore(one)));
      Future<DeviceFacts> second = threads.submit(() -> probe().facts(new StateStore(two)));
      assertThat(first.get()).isEqualTo(second.get());
      assertThat(first.get().features()).contains(Feature.IPC_NAMESPACE, Feature.ROOT_IMAGE);
    }
  }

  @Test
  void aLockThatNobodyGivesBackIsWaitedForOnlySoLong(@TempDir Path own) throws Exception {
    // Where every user may make files a user could be there first, and keep the agent out.
    device.exec("sh", "-c", "umask 0; : >/run/lock/sandbar-facts.lock").orThrow();
    var impatient = new FactsProbe(device.root(), systemd, analyze(), Duration.ofMillis(200));
    try (LockFile _ = LockFile.tryTake(device.root(), "facts.lock").orElseThrow()) {
      assertThatThrownBy(() -> impatient.facts(new StateStore(own)))
          .isInstanceOfSatisfying(
              SystemdException.class,
              e -> assertThat(e.kind()).isEqualTo(SystemdException.Kind.UNAVAILABLE))
          .hasMessageContainingAll("/run/sandbar/facts.lock", "unknown", "lslocks");
    }
    assertThat(device.exec("stat", "-c", "%a", "/run/sandbar/facts.lock").orThrow())
        .isEqualTo("600");
    device.exec("chown", "nobody", "/run/lock/sandbar-facts.lock").orThrow();
    assertThat(impatient.facts(new StateStore(own)).features()).contains(Feature.SECCOMP);
    device.exec("rm", "/run/lock/sandbar-facts.lock").orThrow();
  }

  @Test
  void whetherTheDeviceForwardsPacketsIsLookedAtAnew() {
    DeviceFacts facts = probe().facts(new StateStore(device.root()));
    for (boolean forwards : new boolean[] {true, false}) {
      device.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=" + (forwards ? "1" : "0")).orThrow();
      assertThat(Surroundings.with(facts, device.root()).has(Feature.OWN_NETWORK))
          .isEqualTo(forwards);
    }
  }

  @Test
  void findsWhatTheDeviceCanEnforce() {
    DeviceFacts facts = probe().probe();
    EnumSet<Feature> expected = EnumSet.complementOf(CONTROLLERS);
    // They come and go, so they are looked for in every round.
    expected.removeAll(
        List.of(
            Feature.OWN_NETWORK,
            Feature.HARDWARE_NAMES,
            Feature.APP_SOCKETS,
            Feature.BUS_PROXY,
            Feature.BUS_NAMES,
            Feature.KERNEL_SETTINGS,
            Feature.TIME_ZONES,
            Feature.STATE_QUOTA,
            Feature.CACHE_QUOTA,
            Feature.LOGS_QUOTA));
    if (!Files.exists(Path.of("/sys/class/misc/device-mapper"))) {
      expected.remove(Feature.IMAGE_VERITY);
    }
    if (suite == Suite.BOOKWORM) {
      // Its RootImagePolicy= is not known there, and a root hash holds nothing by itself.
      expected.remove(Feature.IMAGE_VERITY);
      // Debian 12 builds its systemd without the BPF framework.
      expected.remove(Feature.CGROUP_BPF_SOCKET_BIND);
    }
    assertThat(facts.features()).containsExactlyElementsOf(expected);
    assertThat(facts.systemdVersion()).isEqualTo(suite.systemd());
    assertThat(facts.kernel()).isEqualTo(device.exec("uname", "-r").orThrow().strip());
    assertThat(device.exec("systemctl", "show", "-p", "Architecture", "--value").orThrow().strip())
        .isEqualTo(facts.architecture());
    assertThat(facts.knownSyscalls()).contains("read", "reboot", "openat2").hasSizeGreaterThan(300);
    assertThat(facts.syscallGroups().get("@system-service"))
        .contains("read", "fadvise64")
        .noneMatch(name -> name.startsWith("@"))
        .doesNotContain("reboot");
    assertThat(facts.syscallGroups().get("@privileged")).contains("reboot", "swapon", "chroot");
  }

  @Test
  void aSettingThatTheDeviceTakesAndDoesNotEnforceIsNoFeature() {
    device.write(EVERY_SERVICE, "[Service]\nSystemCallFilter=\nPrivateNetwork=no\n");
    systemd.reload();
    try {
      assertThat(probe().probe().features())
          .doesNotContain(Feature.SECCOMP, Feature.NETWORK_NAMESPACE)
          .contains(Feature.UTS_NAMESPACE, Feature.DYNAMIC_USER);
    } finally {
      undo();
    }
  }

  @Test
  void aDeviceThatRunsNoServiceAtAllIsSaidSo() {
    device.write(EVERY_SERVICE, "[Service]\nExecStartPre=/bin/false\n");
    systemd.reload();
    try {
      assertThatThrownBy(() -> probe().probe())
          .isInstanceOf(SystemdException.class)
          .hasMessageContaining("not even an unrestricted service")
          .hasMessageContaining("journalctl");
    } finally {
      undo();
    }
  }

  /** Once it is too busy; then always. */
  @Test
  void whatABusyDeviceDoesNotStartInTimeIsNotMissing() throws IOException {
    String directory = "/run/systemd/system/" + Canaries.unit("seccomp").value() + ".d/";
    String slow = "[Service]\nTimeoutStartSec=1\nExecStartPre=/bin/sh -c '%ssleep 5'\n";
    var store = new StateStore(device.root());
    device.exec("rm", "-f", "/var/lib/sandbar/state/facts.json").orThrow();
    try {
      device.write(directory + "99-slow.conf", slow.formatted("mkdir /run/slow || exit 0; "));
      systemd.reload();
      assertThat(probe().probe().features()).contains(Feature.SECCOMP, Feature.MOUNT_NAMESPACE);

      device.write(directory + "99-slow.conf", slow.formatted(""));
      systemd.reload();
      assertThat(probe().facts(store).features()).doesNotContain(Feature.SECCOMP);
    } finally {
      device.exec("rm", "-r", directory, "/run/slow").orThrow();
      systemd.reload();
    }
    assertThat(probe().facts(store).features())
        .as("not kept until the next boot")
        .contains(Feature.SECCOMP);
  }

  @Test
  void whatAKilledProbeLeftIsRemoved() {
    String unit = Canaries.unit("old").value();
    device.write("/run/systemd/system/" + unit, "[Service]\nExecStart=/usr/bin/sleep 1h\n");
    device.exec("systemctl", "start", unit).orThrow();
    probe().probe();
  }

  @Test
  void factsAreFoundOncePerBoot() throws IOException {
    var store = new StateStore(device.root());
    DeviceFacts first = probe().facts(store);
    var unreachable =
        new FactsProbe(device.root(), systemd, new SystemdAnalyze(List.of("/no/such/program")));
    assertThat(unreachable.facts(store)).isEqualTo(first);
    assertThat(new StateStore(device.root()).names("x")).isEmpty();
    device.exec("sed", "-i", "s/boot/x/", "/var/lib/sandbar/state/facts.json").orThrow();
    assertThat(probe().facts(store)).isEqualTo(first);
  }

  @Test
  void factsSurviveTheirDocument() {
    DeviceFacts facts =
        probe().probe().configured(Map.of("site", "berlin"), Map.of("data", "/srv/data"));
    String json = JsonWriter.indented(FactsNode.toNode(facts));
    var read = JsonReader.read("facts.json", json.getBytes(StandardCharsets.UTF_8));
    assertThat(FactsNode.read(read.documents().getFirst())).isEqualTo(facts);
    assertThatThrownBy(
            () ->
                FactsNode.read(
                    JsonReader.read("x", "{}".getBytes(StandardCharsets.UTF_8))
                        .documents()
                        .getFirst()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("systemdVersion");
  }

  @Test
  void systemdChecksUnitFiles() {
    SystemdAnalyze analyze = analyze();
    device.write("/tmp/good.service", "[Service]\nExecStart=/usr/bin/sleep 1\nDynamicUser=yes\n");
    device.write(
        "/tmp/bad.service", "[Service]\nExecStart=/usr/bin/sleep 1\nNoNewPrivileges=perhaps\n");
    device.write("/tmp/image.service", "[Service]\nExecStart=/only/in/the/image\n");
    assertThat(analyze.verify(List.of("/tmp/good.service")))
        .isEqualTo(new SystemdAnalyze.Verdict(true, List.of()));
    SystemdAnalyze.Verdict bad = analyze.verify(List.of("/tmp/good.service", "/tmp/bad.service"));
    assertThat(bad.passed()).isFalse();
    assertThat(bad.passedButForPrograms()).isFalse();
    assertThat(bad.findings()).singleElement().asString().contains("/tmp/bad.service:3:");
    SystemdAnalyze.Verdict image = analyze.verify(List.of("/tmp/image.service"));
    assertThat(image.passed()).isFalse();
    assertThat(image.passedButForPrograms()).isTrue();
    assertThatThrownBy(() -> analyze.verify(List.of("--help")))
        .isInstanceOf(IllegalArgumentException.class);
    device.exec("rm", "/tmp/good.service", "/tmp/bad.service", "/tmp/image.service").orThrow();
  }

  @Test
  void aProgramThatHangsOrIsMissingIsSaidSo() {
    assertThatThrownBy(
            () ->
                new SystemdAnalyze(
                        List.of("/usr/bin/tail", "-f", "/dev/null", "--"), Duration.ofMillis(200))
                    .verify(List.of()))
        .isInstanceOf(SystemdException.class)
        .hasMessageContaining("did not end within 200 ms");
    assertThatThrownBy(() -> new SystemdAnalyze(List.of("/no/such")).syscallGroups())
        .isInstanceOf(SystemdException.class)
        .hasMessageContaining("cannot run");
  }

  @Test
  void aProgramWhoseOutputStaysOpenIsNotWaitedForForEver() {
    var analyze =
        new SystemdAnalyze(List.of("/bin/sh", "-c", "sleep 20 &", "sh"), Duration.ofMillis(300));
    long begun = System.nanoTime();
    // Whether the JVM or we give up first is a matter of luck.
    try {
      assertThat(analyze.syscallGroups()).isEmpty();
    } catch (SystemdException e) {
      assertThat(e).hasMessageContaining("its output did not within 300 ms");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
  }

  private static FactsProbe probe() {
    return new FactsProbe(device.root(), systemd, analyze());
  }

  private static SystemdAnalyze analyze() {
    return new SystemdAnalyze(
        List.of(
            "/usr/bin/nsenter",
            "--target",
            Long.toString(device.pid()),
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup",
            "--"));
  }

  private static void undo() {
    device.exec("rm", "-r", "/run/systemd/system/service.d").orThrow();
    systemd.reload();
  }

  private static String traces() {
    return device
        .exec(
            "sh",
            "-c",
            "ls -a /run /run/systemd/system /run/systemd/transient /etc/systemd/system;"
                + " systemctl list-units --all --plain --no-legend 'sandbar*';"
                + " ls /sys/fs/cgroup/system.slice | grep canary;"
                // Loop devices are the machine's: other devices' have files of other file systems.
                + " losetup -a | grep canary | grep -F \"$(printf '[%04d]' $(stat -c %d /run))\";"
                + " true")
        .orThrow();
  }
}
