package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Devices also run on a machine whose own pid 1 is systemd, with one cgroup2 hierarchy, and leave
 * that machine's systemd alone. The machine here is a device itself.
 */
class MachineWithSystemdTest {
  @Test
  void devicesRunBesideTheMachinesOwnSystemd() {
    Path cache = DevicePlaces.cacheDirectory();
    DeviceRoots.ensure(Suite.TRIXIE, line -> {});
    var builder = VirtualDevice.named("machine").withJava().bind(cache, "/opt/cache");
    var classPath = new ArrayList<String>();
    String own =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String entry : own.split(File.pathSeparator, -1)) {
      if (Files.exists(Path.of(entry))) {
        String name = "/opt/classes/" + classPath.size() + "-" + Path.of(entry).getFileName();
        builder.bind(Path.of(entry), name);
        classPath.add(name);
      }
    }
    try (var machine = builder.boot()) {
      // An overlay's upper layer cannot lie on another overlay.
      machine.exec("sh", "-c", "mkdir /tmp/cache && ln -s /opt/cache/roots /tmp/cache/").orThrow();
      CommandResult result =
          machine.exec(
              Duration.ofSeconds(60),
              "env",
              "SANDBAR_CACHE=/tmp/cache",
              Path.of(System.getProperty("java.home"), "bin/java").toString(),
              "-cp",
              String.join(":", classPath),
              InnerDevice.class.getName());
      assertThat(result.orThrow()).isEqualTo("running inner");
      assertThat(machine.exec("systemctl", "is-system-running").orThrow()).isEqualTo("running");
      assertThat(machine.exec("ls", "/run/sandbar/devices").orThrow()).isEmpty();
      assertThat(machine.exec("ls", "/tmp/cache/disks").orThrow()).isEmpty();
      assertThat(machine.exec("find", "/sys/fs/cgroup/sandbar", "-mindepth", "1", "-type", "d"))
          .isEqualTo(new CommandResult(0, "", ""));
    }
  }

  /** Run in the machine. */
  static final class InnerDevice {
    private InnerDevice() {}

    public static void main(String[] arguments) {
      List<Prerequisites.Lack> lacks = Prerequisites.missing(Suite.TRIXIE);
      if (!lacks.isEmpty()) {
        throw new IllegalStateException(lacks.toString());
      }
      try (var network = VirtualNetwork.create();
          var device = VirtualDevice.named("inner").network(network).boot()) {
        device.exec("busybox", "ping", "-c", "1", VirtualNetwork.Peer.INTERNET.ipv4()).orThrow();
        System.out.println(
            device.exec("systemctl", "is-system-running").orThrow()
                + " "
                + device.exec("hostname").orThrow());
      }
    }
  }
}
