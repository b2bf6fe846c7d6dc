package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VirtualDevices.class)
class VirtualDeviceTest {
  private static final String COUNTER =
      """
      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=/bin/sh -c 'echo started >>/var/lib/starts'
      [Install]
      WantedBy=multi-user.target
      """;

  @Test
  void aPowerCutKeepsTheDiskAndNothingElse(
      @OnDevice(scope = OnDevice.Scope.METHOD) VirtualDevice device) {
    device.write("/var/lib/kept", "on disk");
    device.write("/run/lost", "in memory");
    long before = device.pid();

    device.powerCut();
    assertThat(device.running()).isFalse();
    device.boot();

    assertThat(device.pid()).isNotEqualTo(before);
    assertThat(device.read("/var/lib/kept")).isEqualTo("on disk");
    assertThat(device.exec("test", "-e", "/run/lost").ok()).isFalse();
  }

  @Test
  void aRebootStartsEnabledUnits(@OnDevice(scope = OnDevice.Scope.METHOD) VirtualDevice device) {
    device.write("/etc/systemd/system/counter.service", COUNTER);
    device.exec("systemctl", "enable", "--now", "counter").orThrow();
    String identity = device.read("/etc/machine-id");

    device.stop();
    device.boot();
    assertThat(device.read("/var/lib/starts")).isEqualTo("started\nstarted\n");

    device.powerCut();
    device.boot();
    assertThat(device.read("/var/lib/starts")).isEqualTo("started\nstarted\nstarted\n");
    assertThat(device.read("/etc/machine-id")).isEqualTo(identity);
  }

  @Test
  void aDeviceThatRebootsItselfComesBack(
      @OnDevice(scope = OnDevice.Scope.METHOD) VirtualDevice device) {
    device.write("/run/lost", "in memory");
    long before = device.pid();

    device.reboot();

    assertThat(device.pid()).isNotEqualTo(before);
    assertThat(device.exec("test", "-e", "/run/lost").ok()).isFalse();
  }

  @Test
  void aPowerCutLosesWhatWasNotSyncedToADiskOfItsOwn() {
    try (var device = VirtualDevice.named("disk").disk(64).boot()) {
      device.exec("sh", "-c", "echo kept >/var/lib/synced; sync").orThrow();
      device.exec("sh", "-c", "echo lost >/var/lib/unsynced").orThrow();

      device.powerCut();
      device.boot();

      assertThat(device.read("/var/lib/synced")).isEqualTo("kept\n");
      assertThat(device.exec("cat", "/var/lib/unsynced").stdout()).isEmpty();
    }
  }

  @Test
  void aDiskOfItsOwnCanBeFull() {
    try (var device = VirtualDevice.named("full").disk(16).boot()) {
      CommandResult filled =
          device.exec("dd", "if=/dev/zero", "of=/var/lib/big", "bs=1M", "count=32");
      assertThat(filled.stderr()).contains("No space left on device");
      device.stop();
      assertThat(device.get("/var/lib/big").length).isBetween(1 << 20, 16 << 20);
    }
  }

  @Test
  void severalDevicesBootAtOnce() throws Exception {
    try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
      var boots =
          IntStream.range(0, 4)
              .mapToObj(n -> all.submit(() -> VirtualDevice.named("many-" + n).boot()))
              .toList();
      for (var boot : boots) {
        try (VirtualDevice device = boot.get()) {
          assertThat(device.exec("hostname").orThrow()).isEqualTo(device.name());
        }
      }
    }
  }

  @Test
  void anOrderlyStopRunsStopCommands(
      @OnDevice(scope = OnDevice.Scope.METHOD) VirtualDevice device) {
    device.write(
        "/etc/systemd/system/goodbye.service",
        """
        [Service]
        ExecStart=/bin/sleep infinity
        ExecStop=/bin/touch /var/lib/goodbye
        """);
    device.exec("systemctl", "start", "goodbye").orThrow();

    device.stop();

    assertThat(device.read("/var/lib/goodbye")).isEmpty();
  }

  @Test
  void filesGoInAndOutAlsoWhileTheDeviceIsDown(
      @TempDir Path temp, @OnDevice(scope = OnDevice.Scope.METHOD) VirtualDevice device)
      throws Exception {
    byte[] bytes = new byte[300_000];
    bytes[7] = (byte) 0xff;
    Path local = Files.write(temp.resolve("blob"), bytes);
    device.put(local, "/var/lib/a/b/blob");
    assertThat(device.get("/var/lib/a/b/blob")).isEqualTo(bytes);

    device.powerCut();
    device.write("/etc/written-while-down", "yes");
    assertThat(device.get("/var/lib/a/b/blob")).isEqualTo(bytes);
    device.boot();

    assertThat(device.read("/etc/written-while-down")).isEqualTo("yes");
    assertThatThrownBy(() -> device.get("/absent"))
        .isInstanceOf(VirtualDeviceException.class)
        .hasMessageContaining("/absent");
  }

  @Test
  void absoluteLinksInTheDeviceStayInTheDevice(@OnDevice VirtualDevice device) {
    device.write("/var/run/through-a-link", "inside");
    assertThat(device.read("/run/through-a-link")).isEqualTo("inside");
    assertThat(Path.of("/run/through-a-link")).doesNotExist();
  }

  @Test
  void aBoundDirectoryIsReadOnly(@TempDir Path temp) throws Exception {
    Files.writeString(temp.resolve("given"), "from the machine");
    try (var device = VirtualDevice.named("bound").bind(temp, "/opt/given").boot()) {
      assertThat(device.read("/opt/given/given")).isEqualTo("from the machine");
      assertThat(device.exec("touch", "/opt/given/more").stderr()).contains("Read-only");
    }
  }

  @Test
  void theJdkOfTheTestsRunsInTheDevice(@OnDevice(name = "java", java = true) VirtualDevice device) {
    CommandResult version =
        device.exec(JavaHome.path().resolve("bin/java").toString(), "--version");
    assertThat(version.orThrow()).contains(System.getProperty("java.version"));
  }

  @Test
  void aCommandThatRunsTooLongIsKilledInTheDevice(@OnDevice VirtualDevice device) {
    assertThatThrownBy(() -> device.exec(Duration.ofMillis(300), "sleep", "4711"))
        .isInstanceOf(VirtualDeviceException.class)
        .hasMessageContaining("300 ms");
    assertThat(
            Polling.until(
                Duration.ofSeconds(5), () -> !device.exec("pgrep", "-f", "sleep 4711").ok()))
        .isTrue();
  }

  @Test
  void aStartedProgramIsSeenAndSignalledFromOutside(@OnDevice VirtualDevice device) {
    var argv = List.of("sh", "-c", "trap 'echo $WORD; exit 3' TERM; echo ready; sleep 60 & wait");
    try (var program = device.start(argv, Map.of("WORD", "bye"))) {
      var lines = new Scanner(program.stdout());
      assertThat(lines.nextLine()).isEqualTo("ready");
      assertThat(Path.of("/proc", Long.toString(program.pid()), "root/run/host/container-manager"))
          .exists();
      program.terminate();
      assertThat(lines.nextLine()).isEqualTo("bye");
      assertThat(program.await(Duration.ofSeconds(5))).hasValue(3);
    }
  }

  @Test
  void outputAndExitCodeComeBackApart(@OnDevice VirtualDevice device) {
    CommandResult result = device.exec("sh", "-c", "echo out; echo err >&2; exit 7");
    assertThat(result).isEqualTo(new CommandResult(7, "out\n", "err\n"));
    assertThatThrownBy(result::orThrow)
        .hasMessageContaining("exit code 7")
        .hasMessageContaining("err");
  }

  @Test
  void commandsRunInTheDevicesOwnCgroupAndCanBecomeScopes(@OnDevice VirtualDevice device) {
    assertThat(device.exec("cat", "/proc/self/cgroup").orThrow()).endsWith("0::/exec");
    assertThat(
            device.exec("systemd-run", "--scope", "--quiet", "cat", "/proc/self/cgroup").orThrow())
        .contains(".scope");
  }

  @Test
  void nothingInADeviceChangesTheMachinesKernelSettings(@OnDevice VirtualDevice device)
      throws Exception {
    String before = Files.readString(Path.of("/proc/sys/kernel/core_pattern"));
    CommandResult refused = device.exec("sh", "-c", "echo x >/proc/sys/kernel/core_pattern");
    assertThat(refused.stderr()).contains("Read-only");
    assertThat(Files.readString(Path.of("/proc/sys/kernel/core_pattern"))).isEqualTo(before);
    // What has a namespace of its own is the device's own.
    device.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward").orThrow();
    device.exec("hostname", "renamed").orThrow();
    assertThat(Files.readString(Path.of("/proc/sys/kernel/hostname"))).doesNotContain("renamed");
  }

  @Test
  void namesThatCouldLeadElsewhereAreRefused() {
    for (String name : List.of("", "../x", "a/b", "A", "a.b", "-a", "a\nb", "a".repeat(40))) {
      assertThatThrownBy(() -> VirtualDevice.named(name))
          .isInstanceOf(VirtualDeviceException.class)
          .hasMessageContaining("lower-case");
    }
  }
}
