package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Hardware that comes and goes, under the rules of udev that are shipped. udev, systemd's units for
 * devices, the nodes and the kernel's events are real. The build's machines have no USB: unused
 * consoles of the kernel stand for serial lines, what the kernel and {@code usb_id} would say of a
 * USB device stands in a file that a rule of the test reads, and the kernel is asked for an event
 * of a device that has changed, after which udev has links or has none. The links to USB devices
 * themselves are made by the test. {@link UsbOnEmulatedDevice} has USB devices, on one version of
 * systemd.
 */
class HardwareTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String LINE = "/dev/sandbar/serial/0403_6001_A50285BI";

  /** Stands in for the kernel's USB core: what is in the file of a console is plugged in there. */
  private static final String USB =
      """
      SUBSYSTEM=="tty", TEST=="/run/plugged/%k", IMPORT{file}="/run/plugged/%k", GROUP="dialout", MODE="0660"
      SUBSYSTEM=="tty", ENV{STANDS_FOR}=="usb", TAG+="systemd", SYMLINK+="sandbar/usb/0bda_2838", GROUP="sandbar-usb"
      """;

  /** Says what it can open, again and again; takes its time to end. */
  private static final String OPENER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {command: [/usr/bin/perl, /run/opener/opener]}
        files:
          - path: /run/opener/opener
            content: |
              use Fcntl;
              $| = 1;
              my $ends = 0;
              $SIG{TERM} = sub { $ends = time + %d };
              until ($ends && time >= $ends) {
                for my $node (qw(%s)) {
                  my $open = sysopen(my $f, $node, O_RDWR | O_NOCTTY | O_NONBLOCK);
                  print "$node ", $open ? "open " . ((stat $f)[6] & 255) : "$!", "\\n";
                }
                print "round\\n";
                select(undef, undef, undef, 0.2);
              }
        permissions: {%s}
      """;

  @TempDir private Path folder;

  private static String opener(String name, int seconds, String nodes, String permissions) {
    return OPENER.formatted(name, seconds, nodes, permissions);
  }

  private static VirtualDevice boot(Suite suite) throws IOException {
    VirtualDevice device = VirtualDevice.named("hardware").suite(suite).hotplug().boot();
    Path packaging = Path.of("../../packaging");
    for (String rules : List.of("49-sandbar.rules", "70-sandbar.rules")) {
      Files.copy(packaging.resolve(rules), device.root().resolve("usr/lib/udev/rules.d/" + rules));
    }
    device.write("/etc/udev/rules.d/55-stands-for-usb.rules", USB);
    Files.copy(
        packaging.resolve("sandbar-sysusers.conf"),
        device.root().resolve("usr/lib/sysusers.d/sandbar.conf"));
    device
        .exec(
            "sh",
            "-ec",
            """
            systemd-sysusers sandbar.conf
            mkdir /run/plugged
            for number in 40 41 42 43; do mknod -m 600 /dev/tty$number c 4 $number; done
            udevadm control --reload
            """)
        .orThrow();
    return device;
  }

  /** Has the kernel report the console as changed. On the machine nothing else comes of it. */
  private static void change(VirtualDevice device, String console) throws IOException {
    Files.writeString(Path.of("/sys/class/tty", console, "uevent"), "change");
    device.exec("udevadm", "settle", "--timeout=20").orThrow();
  }

  private static void plug(VirtualDevice device, String console, String serial) throws IOException {
    device.write(
        "/run/plugged/" + console,
        "ID_USB_VENDOR_ID=0403\nID_USB_MODEL_ID=6001\nID_USB_SERIAL_SHORT=" + serial + "\n");
    change(device, console);
  }

  private static void pull(VirtualDevice device, String console) throws IOException {
    device.exec("rm", "/run/plugged/" + console).orThrow();
    change(device, console);
  }

  /** What an app said in its last whole round. */
  private static List<String> said(VirtualDevice device, String app) {
    String[] rounds =
        device
            .exec("journalctl", "--output=cat", "--no-pager", "--unit=sandbar-" + app + ".service")
            .orThrow()
            .split("(?m)^round$");
    return rounds.length < 2 ? List.of() : rounds[rounds.length - 2].strip().lines().toList();
  }

  private static void awaitSays(VirtualDevice device, String app, String... lines) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(said(device, app)).containsSubsequence(lines));
  }

  private static void awaitWaits(DeviceLoop loop, String app, String link) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(loop.why(app, "Ready"))
                    .isEqualTo("HardwareMissing: not plugged in: " + link));
    assertThat(
            Stream.of("ActiveState", "Result", "NRestarts")
                .map(p -> Apps.show(loop.device(), app, p)))
        .containsExactly("inactive", "success", "0");
  }

  @ParameterizedTest
  @EnumSource
  void anAppRunsWhileItsSerialLineIsPluggedInWhereverThatIs(Suite suite) throws Exception {
    String nodes = LINE + " /dev/tty40 /dev/tty41 /dev/tty42 /dev/sandbar/serial/0403_6001";
    String line = "vendor: \"0403\", product: \"6001\", serial: A50285BI";
    try (var server = new EventServer();
        var device = boot(suite)) {
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet"))
              .write("pump.yaml", opener("pump", 0, nodes, "serial: [{" + line + "}]"))
              .write("slow.yaml", opener("slow", 3, nodes, "serial: [{" + line + "}]"))
              .commit(
                  "meter.yaml",
                  opener("meter", 0, nodes, "serial: [{" + line + ", optional: true}]"));
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              base ->
                  DeviceLoop.sweeping(Duration.ofSeconds(2))
                      .apply(
                          DeviceLoop.alerting(
                                  "- {name: hook, webhook: '%s'}".formatted(server.url()))
                              .apply(base)))) {
        Apps.awaitReady(loop, "meter");
        awaitSays(device, "meter", LINE + " No such file or directory");
        awaitWaits(loop, "pump", LINE);

        plug(device, "tty42", "OTHER");
        awaitWaits(loop, "pump", LINE);
        assertThat(Apps.show(device, "pump", "ExecMainPID")).isEqualTo("0");

        plug(device, "tty40", "A50285BI");
        Apps.awaitReady(loop, "pump", "slow", "meter");
        for (String app : List.of("pump", "slow", "meter")) {
          awaitSays(
              device,
              app,
              LINE + " open 40",
              "/dev/tty40 No such file or directory",
              "/dev/tty41 No such file or directory",
              "/dev/tty42 No such file or directory",
              "/dev/sandbar/serial/0403_6001 No such file or directory");
        }

        pull(device, "tty40");
        awaitWaits(loop, "pump", LINE);
        // Whatever gets its number next is another device.
        awaitSays(device, "meter", LINE + " No such file or directory");

        plug(device, "tty41", "A50285BI");
        Apps.awaitReady(loop, "pump", "slow", "meter");
        for (String app : List.of("pump", "slow", "meter")) {
          awaitSays(device, app, LINE + " open 41");
        }

        // As when it is flashed: it is there again while the app still ends.
        String before = Apps.invocation(device, "slow");
        pull(device, "tty41");
        await().atMost(LIMIT).until(() -> Apps.state(device, "slow"), "deactivating"::equals);
        await().atMost(LIMIT).until(() -> loop.why("pump", "Ready").startsWith("HardwareMissing"));
        plug(device, "tty40", "A50285BI");
        Apps.awaitReturn(device, "slow", before);
        awaitSays(device, "slow", LINE + " open 40");
        Apps.awaitReady(loop, "pump", "slow", "meter");

        assertThat(drifts(server)).isEmpty();
        Apps.stop(device, "pump");
        await().atMost(LIMIT).until(() -> !drifts(server).isEmpty());
      }
      device.exec("systemctl", "start", Apps.unit("pump")).orThrow();
      startsWithoutTheAgent(device);
    }
  }

  private static List<String> drifts(EventServer server) {
    return server.events().stream()
        .map(EventServer.Event::body)
        .filter(body -> body.contains("\"DriftDetected\""))
        .toList();
  }

  private static void startsWithoutTheAgent(VirtualDevice device) throws IOException {
    pull(device, "tty40");
    await().atMost(LIMIT).until(() -> Apps.state(device, "pump"), "inactive"::equals);
    await().atMost(LIMIT).until(() -> Apps.state(device, "slow"), "inactive"::equals);
    plug(device, "tty41", "A50285BI");
    await().atMost(LIMIT).until(() -> Apps.state(device, "pump"), "active"::equals);
    awaitSays(device, "pump", LINE + " open 41");
  }

  /** An agent that has a /dev of its own looks at that of the device. */
  static void noticesANode(GitRepository repository, Reported agent) throws IOException {
    VirtualDevice device = agent.device();
    repository.git("checkout", "--quiet", "edge");
    repository.commit(
        "berlin/meter.yaml",
        Apps.waiting("meter", "permissions: {serial: [{device: /dev/ttyUSB9}]}"));
    repository.git("checkout", "--quiet", "main");
    Apps.awaitReady(agent, "meter");
    String before = Apps.invocation(device, "meter");
    device
        .exec("sh", "-ec", "mknod -m 660 /dev/ttyUSB9 c 10 237; chgrp dialout /dev/ttyUSB9")
        .orThrow();
    Apps.awaitReturn(device, "meter", before);
    repository.git("checkout", "--quiet", "edge");
    repository.remove("berlin/meter.yaml");
    repository.git("checkout", "--quiet", "main");
    Apps.awaitRemoved(agent, device, "meter");
  }

  @Test
  void aUsbDeviceIsOpenedByItsNumberAndNoOtherIs() throws Exception {
    String nodes = "/dev/bus/usb/001/002 /dev/bus/usb/001/003 /dev/sandbar/usb/0bda_2838";
    try (var device = boot(Suite.TRIXIE)) {
      device
          .exec(
              "sh",
              "-ec",
              """
              mkdir -p /dev/bus/usb/001
              mknod -m 664 /dev/bus/usb/001/002 c 4 40
              mknod -m 664 /dev/bus/usb/001/003 c 4 41
              chgrp sandbar-usb /dev/bus/usb/001/*
              """)
          .orThrow();
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet"))
              .write("other.yaml", Apps.waiting("other"))
              .commit(
                  "radio.yaml",
                  opener("radio", 0, nodes, "usb: [{vendor: \"0BDA\", product: \"2838\"}]"));
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        awaitWaits(loop, "radio", "/dev/sandbar/usb/0bda_2838");
        device.write("/run/plugged/tty40", "STANDS_FOR=usb\n");
        change(device, "tty40");
        Apps.awaitReady(loop, "radio");
        awaitSays(
            device,
            "radio",
            "/dev/bus/usb/001/002 open 40",
            "/dev/bus/usb/001/003 Operation not permitted",
            "/dev/sandbar/usb/0bda_2838 open 40");
        assertThat(loop.condition("radio", "Drifted")).isEqualTo("False");

        repository.remove("radio.yaml");
        await()
            .atMost(LIMIT)
            .untilAsserted(() -> assertThat(Apps.traces(device, "radio")).isEmpty());
        assertThat(device.exec("sh", "-c", "find /etc/systemd/system -name '*radio*'").orThrow())
            .isEmpty();
      }
    }
  }

  /**
   * Storage and hubs stay with root, and so does what says nothing of itself. The rule that is
   * shipped is run for consoles, in the place of USB devices, and gives its group to them.
   */
  @Test
  void onlyUsbDevicesThatHaveLinksAreOfTheGroup() throws Exception {
    try (var device = boot(Suite.TRIXIE)) {
      String rule = Files.readString(Path.of("../../packaging/49-sandbar.rules"));
      String stands =
          rule.replace("SUBSYSTEM!=\"usb\"", "SUBSYSTEM!=\"tty\"")
              .replace("ENV{DEVTYPE}!=\"usb_device\"", "TEST!=\"/run/plugged/%k\"")
              .replace("IMPORT{builtin}=\"usb_id\"", "IMPORT{file}=\"/run/plugged/%k\"")
              // Past the rules for consoles, which are none for USB devices.
              .replace("GROUP=", "GROUP:=");
      assertThat(stands).contains("tty", "/run/plugged/%k", "IMPORT{file}", "GROUP:=");
      device.write("/etc/udev/rules.d/49-stands-for-usb.rules", stands);
      device.exec("udevadm", "control", "--reload").orThrow();
      assertThat(group(device, ":ff0000:")).isEqualTo("sandbar-usb");
      assertThat(group(device, ":020201:0a0000:")).isEqualTo("sandbar-usb");
      assertThat(group(device, ":080650:")).as("a disk").isEqualTo("dialout");
      assertThat(group(device, ":020201:0a0000:080650:")).as("a disk beside").isEqualTo("dialout");
      assertThat(group(device, ":090000:")).as("a hub").isEqualTo("dialout");
      assertThat(group(device, "")).as("nothing is known").isEqualTo("dialout");
    }
  }

  /** The group that udev gives to what has these interfaces. */
  private static String group(VirtualDevice device, String interfaces) throws IOException {
    device.write("/run/plugged/tty42", "ID_USB_INTERFACES=" + interfaces + "\n");
    change(device, "tty42");
    return device.exec("stat", "--format=%G", "/dev/tty42").orThrow().strip();
  }

  @Test
  void whatADeviceSaysOfItselfNamesNothingElse() throws Exception {
    try (var device = boot(Suite.TRIXIE)) {
      plug(device, "tty40", "../../../etc/x");
      plug(device, "tty41", "A B$(touch /run/x)%n{}");
      plug(device, "tty42", "..");
      device.write(
          "/run/plugged/tty43",
          "ID_USB_VENDOR_ID=../04\nID_USB_MODEL_ID=6001\nID_USB_SERIAL_SHORT=A\n");
      change(device, "tty43");
      assertThat(device.exec("find", "/dev/sandbar", "-type", "l").orThrow().lines())
          .containsExactlyInAnyOrder(
              "/dev/sandbar/serial/0403_6001", "/dev/sandbar/serial/0403_6001_..");
    }
  }
}
