package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing of a device or network is left on the machine, however it ends. */
class TidinessTest {
  /** The kernel ends a network namespace a moment after its last process. */
  private static final Duration SOON = Duration.ofSeconds(15);

  @Test
  void afterCloseNothingIsLeft() {
    Traces traces;
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("tidy").network(network).boot()) {
      // A loop device set up by hand, which the kernel does not detach by itself.
      device.exec("truncate", "-s", "1M", "/var/lib/disk").orThrow();
      device.exec("losetup", "--find", "/var/lib/disk").orThrow();
      traces = Traces.of(device, network);
      assertThat(traces.left()).hasSizeGreaterThanOrEqualTo(7);
    }
    assertThat(Polling.until(SOON, () -> traces.left().isEmpty()))
        .as("left: " + traces.left())
        .isTrue();
  }

  @Test
  void closingADeviceThatIsDownLeavesNothing() {
    Traces traces;
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("tidy").network(network).boot()) {
      traces = Traces.of(device, network);
      device.powerCut();
    }
    assertThat(Polling.until(SOON, () -> traces.left().isEmpty()))
        .as("left: " + traces.left())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "INT", "TERM"})
  void theEndOfTheJvmEndsItsDevicesAndNetworks(String signal) throws Exception {
    Process jvm = childJvm("hold");
    try (var lines = new Scanner(jvm.getInputStream(), StandardCharsets.UTF_8)) {
      String deviceId = lines.nextLine();
      String networkId = lines.nextLine();
      Traces traces =
          Traces.of(
              DeviceRegistry.find(deviceId).orElseThrow(),
              VirtualNetwork.of(DevicePlaces.ofThisMachine(), networkId));
      assertThat(traces.left()).hasSizeGreaterThanOrEqualTo(6);

      kill(signal, jvm);

      assertThat(Polling.until(SOON, () -> traces.left().isEmpty()))
          .withFailMessage(() -> "left: " + traces.left())
          .isTrue();
    } finally {
      jvm.destroyForcibly();
    }
  }

  @Test
  void aDetachedDeviceOutlivesItsJvmAndIsFoundAgain() throws Exception {
    Process jvm = childJvm("detach");
    String id;
    try (var lines = new Scanner(jvm.getInputStream(), StandardCharsets.UTF_8)) {
      id = lines.nextLine();
    }
    assertThat(jvm.waitFor()).isZero();

    VirtualDevice device = DeviceRegistry.find(id).orElseThrow();
    Traces traces;
    try (device) {
      assertThat(DeviceRegistry.detached(device)).isTrue();
      assertThat(DeviceRegistry.sweep()).doesNotContain(id);
      assertThat(device.exec("hostname").orThrow()).isEqualTo(id);
      device.write("/etc/kept", "yes");
      device.stop();
      device.boot();
      assertThat(device.read("/etc/kept")).isEqualTo("yes");
      traces = Traces.of(device);
    }
    assertThat(traces.left()).isEmpty();
    assertThat(DeviceRegistry.find(id)).isEmpty();
  }

  @Test
  void aDeviceWhoseSupervisorWasKilledIsStillUnderControl() {
    Traces traces;
    try (var device = VirtualDevice.named("alone").boot()) {
      Path state =
          DevicePlaces.ofThisMachine().entries(DevicePlaces.Kind.DEVICE).resolve(device.id());
      long supervisor = Long.parseLong(Launcher.readLine(state.resolve("supervisor")));
      ProcessHandle.of(supervisor).orElseThrow().destroyForcibly();
      assertThat(Polling.until(SOON, () -> ProcessHandle.of(supervisor).isEmpty())).isTrue();

      device.powerCut();
      device.boot();

      assertThat(device.exec("systemctl", "is-system-running").orThrow()).isEqualTo("running");
      traces = Traces.of(device);
    }
    assertThat(traces.left()).isEmpty();
  }

  @Test
  void aSweepRemovesWhatADeadOwnerLeft() throws Exception {
    var device = VirtualDevice.named("orphan").boot();
    Traces traces = Traces.of(device);
    // As if the machine had killed this JVM and its reaper at once.
    Path owner =
        DevicePlaces.ofThisMachine()
            .entries(DevicePlaces.Kind.DEVICE)
            .resolve(device.id())
            .resolve("owner");
    Files.writeString(owner, "1:1\n");

    assertThat(DeviceRegistry.sweep()).contains(device.id());
    assertThat(traces.left()).isEmpty();
  }

  @Test
  void aSweepLeavesLivingDevicesAlone() {
    try (var device = VirtualDevice.named("alive").boot()) {
      assertThat(DeviceRegistry.sweep()).doesNotContain(device.id());
      assertThat(device.running()).isTrue();
    }
  }

  /** Tests that run in the background of a shell ignore SIGINT, and so would their children. */
  private static Process childJvm(String mode) throws Exception {
    return new ProcessBuilder(
            "env",
            "--default-signal=INT",
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            HoldsDevice.class.getName(),
            mode)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void kill(String signal, Process process) {
    Commands.run(
            List.of("sh", "-c", "kill -s $0 $1", signal, Long.toString(process.pid())),
            Map.of(),
            InputStream.nullInputStream(),
            4096,
            Duration.ofSeconds(5))
        .text()
        .orThrow();
  }
}
