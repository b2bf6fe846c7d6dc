package dev.sandbar.e2e;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.Listed;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * File systems that are mounted for apps, from an image of ext4 with what an attacker puts there.
 */
class MountsTest {

  private static final String PLACE = "/run/sandbar-mounts/usb-stick";
  private static final String UNIT = "run-sandbar\\x2dmounts-usb\\x2dstick.mount";

  private static final FileSystem STICK =
      new FileSystem("usb-stick", "/srv/stick.img", "ext4", List.of("loop"), false, "");
  private static final FileSystem FACTORY =
      new FileSystem("factory", "/srv/stick2.img", "ext4", List.of("loop"), true, "");

  /** A medium that brings a program of root's, a disk, and links out of where it is mounted. */
  private static final String MEDIUM =
      """
      mkdir -p /tmp/medium/open
      cd /tmp/medium
      cp /usr/bin/id id; chmod 4755 id
      mknod disk b 7 0; mknod null c 1 3; chmod 666 disk null
      ln -s /etc/shadow shadow; ln -s ../../../../etc/machine-id machine; ln -s / root
      echo hello >greeting
      chmod 777 open
      truncate -s 8M /srv/stick.img
      mkfs.ext4 -q -O ^has_journal -d /tmp/medium /srv/stick.img
      cp /srv/stick.img /srv/stick2.img
      echo secret >/srv/secret
      """;

  @ParameterizedTest
  @EnumSource(Suite.class)
  void theyAreMountedWhileAnAppNeedsThem(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    try (VirtualDevice device = VirtualDevice.named("mounts").suite(suite).boot()) {
      sh(device, MEDIUM);
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing(STICK, FACTORY))) {
        Apps.awaitReady(loop, "sleeper");
        repository.commit("writer.yaml", app("writer", "ReadWrite", ""));
        Apps.awaitReady(loop, "writer");
        Apps.awaitNoDrift(loop, "writer");
        System.err.println(
            sh(
                device,
                "cat /proc/1/mountinfo; systemctl cat '"
                    + UNIT
                    + "'; systemctl status --no-pager sandbar-writer.service '"
                    + UNIT
                    + "'"));
      }
    }
  }

  private static String app(String name, String access, String more) {
    return Apps.waiting(
        name,
        "permissions: {mounts: [{source: usb-stick, mountPath: /media, access: %s}]}%s"
            .formatted(access, more));
  }

  private static UnaryOperator<DeviceSettings> listing(FileSystem... fileSystems) {
    var listed = new Listed.Only<>(new TreeSet<>(Arrays.asList(fileSystems)));
    return settings ->
        DeviceLoop.sweeping(Duration.ofSeconds(2))
            .apply(settings.with(DevicePolicy.NONE.withMounts(listed)));
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow();
  }
}
