package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes wrong outside of Sandbar is said, with where and what to do, and what runs goes on as
 * it is.
 */
class BadInputTest {

  private static final Backoff QUICK =
      new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(2));

  @TempDir private Path folder;
  private GitRepository repository;

  @BeforeEach
  void oneGoodApp() throws IOException {
    repository =
        GitRepository.create(folder.resolve("fleet")).commit("good.yaml", Apps.waiting("good"));
  }

  /** The good app is declared anew, badly; it must be said why, and the app must run on. */
  private void refused(
      DeviceLoop loop, VirtualDevice device, String manifest, ThrowingConsumer<String> why)
      throws IOException {
    String pid = Apps.pid(device, "good");
    repository.commit("good.yaml", manifest);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why("good", "Ready")).satisfies(why).contains("good.yaml:"));
    assertThat(Apps.pid(device, "good")).isEqualTo(pid);
    assertThat(Apps.state(device, "good")).isEqualTo("active");
    assertThat(device.read(Apps.file("good"))).contains("\"/usr/bin/sleep\" \"infinity\"");
  }

  @Test
  void imagesThatAreNotThereOrNotTheDeclaredOnes() throws Exception {
    Images image = Images.probe(folder, 1);
    Images wrong = Images.probe(folder, 2);
    try (var device = VirtualDevice.named("bad").boot();
        var loop = DeviceLoop.start(device, repository, s -> s, QUICK)) {
      Apps.awaitReady(loop, "good");
      refused(
          loop,
          device,
          image.app("good", ""),
          why ->
              assertThat(why)
                  .startsWith("ArtifactFailed: ")
                  .contains(image.source(), "no such file on this device", "put the image there"));
      device.put(wrong.file(), image.source());
      refused(
          loop,
          device,
          image.app("good", "drift: {mode: Correct}"),
          why ->
              assertThat(why)
                  .contains(
                      "its sha256 is not the declared " + image.sha256(),
                      "sha256sum " + image.source())
                  .doesNotContain(wrong.sha256()));
      refused(
          loop,
          device,
          image.app("good", "").replace("/srv/images", "srv/images"),
          why -> assertThat(why).startsWith("InvalidSpec: ").containsIgnoringCase("absolute"));
      device.exec("ln", "-sf", "/usr/bin/true", "/srv/link.raw").orThrow();
      refused(
          loop,
          device,
          image.app("good", "").replace(image.source(), "/srv/link.raw"),
          why -> assertThat(why).contains("is a symbolic link", "put the file itself there"));
      // The right file is enough: it is tried again.
      repository.commit("good.yaml", image.app("good", ""));
      device.put(image.file(), image.source());
      await()
          .atMost(Apps.SOON)
          .until(() -> Apps.show(device, "good", "RootImage").equals(image.stored()));
      Apps.awaitReady(loop, "good");
    }
  }

  @Test
  void aFullDisk() throws Exception {
    Images image = Images.probe(folder, 1);
    try (var device = VirtualDevice.named("bad").disk(64).boot();
        var loop = DeviceLoop.start(device, repository, s -> s, QUICK)) {
      Apps.awaitReady(loop, "good");
      device.put(image.file(), image.source());
      String fill = "while :; do cat /dev/zero >>/var/fill; sleep 0.02; done 2>/dev/null";
      try (var filling = device.start(List.of("sh", "-c", fill), Map.of())) {
        assertThat(filling.running()).isTrue();
        refused(
            loop,
            device,
            image.app("good", ""),
            why ->
                assertThat(why)
                    .startsWith("ArtifactFailed: ")
                    .contains("the disk is full", "free some space"));
      }
      device.exec("rm", "/var/fill").orThrow();
      Apps.awaitReady(loop, "good");
    }
  }

  /** The unit files have a disk of their own, so that nothing else finds room on it. */
  private static void mountSmallDiskForUnits(VirtualDevice device) {
    device
        .exec(
            "sh",
            "-ec",
            "cp -a /etc/systemd/system /var/units;"
                + " mount -t tmpfs -o size=256k,mode=755 units /etc/systemd/system;"
                + " cp -a /var/units/. /etc/systemd/system")
        .orThrow();
  }

  /** The unit file on the disk is the previous one, whole, and no other app notices. */
  @Test
  void aDiskThatIsFullWhenAUnitIsWritten() throws Exception {
    repository.commit("kept.yaml", Apps.waiting("kept", "drift: {mode: Correct}"));
    try (var device = VirtualDevice.named("bad").boot()) {
      mountSmallDiskForUnits(device);
      try (var loop = DeviceLoop.start(device, repository, s -> s, QUICK)) {
        Apps.awaitReady(loop, "good", "kept");
        String before = device.read(Apps.file("good"));
        String fill = "/etc/systemd/system/fill";
        assertThat(device.exec("dd", "if=/dev/zero", "of=" + fill, "bs=4k").stderr())
            .contains("No space left on device");
        refused(
            loop,
            device,
            Apps.waiting("good", "permissions: {state: true}"),
            why ->
                assertThat(why)
                    .startsWith("RolledBack: write: ")
                    .contains(
                        Apps.file("good") + ": No space left on device; free some space there"));
        assertThat(device.read(Apps.file("good"))).isEqualTo(before);
        assertThat(device.exec("ls", "-A", "/etc/systemd/system").stdout())
            .doesNotContain("sandbar-new");
        Apps.stopAndAwaitReturn(device, "kept");

        device.exec("rm", fill).orThrow();
        Apps.awaitApplied(loop, repository, "good");
        assertThat(Apps.show(device, "good", "StateDirectory")).contains("good");
      }
    }
  }

  @Test
  void aBusThatRefuses() throws Exception {
    try (var device = VirtualDevice.named("bad").boot();
        var loop = DeviceLoop.start(device, repository, s -> s, QUICK)) {
      Apps.awaitReady(loop, "good");
      String policy = "/etc/dbus-1/system.d/refuse.conf";
      device.write(
          policy,
          """
          <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
          <busconfig>
            <policy user="root">
              <deny send_destination="org.freedesktop.systemd1" send_interface="org.freedesktop.systemd1.Manager"
                send_member="Reload"/>
            </policy>
          </busconfig>
          """);
      reloadBus(device);
      refused(
          loop,
          device,
          Apps.waiting("good", "permissions: {state: true}"),
          why ->
              assertThat(why)
                  .startsWith("RolledBack: ")
                  .contains("although Sandbar is root", "/etc/dbus-1/system.d")
                  .doesNotContain("must run as root"));
      device.exec("rm", policy).orThrow();
      reloadBus(device);
      Apps.awaitReady(loop, "good");
      await()
          .atMost(Apps.SOON)
          .until(() -> Apps.show(device, "good", "StateDirectory").contains("good"));
    }
  }

  private static void reloadBus(VirtualDevice device) {
    device
        .exec(
            "busctl",
            "call",
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "ReloadConfig")
        .orThrow();
  }

  @Test
  void aSystemdThatIsTooOld() throws Exception {
    try (var device = VirtualDevice.named("bad").suite(Suite.BOOKWORM).boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "good");
      refused(
          loop,
          device,
          Apps.waiting(
              "good", "permissions: {localNetwork: true, ports: [{name: web, port: 8080}]}"),
          why ->
              assertThat(why)
                  .startsWith("CannotEnforce: ")
                  .contains("cannot enforce SocketBindAllow", "use a kernel with"));
    }
  }

  @Test
  void aRepositoryThatIsEmptyRewrittenOrGone() throws Exception {
    try (var device = VirtualDevice.named("bad").boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "good");
      String pid = Apps.pid(device, "good");

      repository
          .write("large.yaml", "# " + "x".repeat(1 << 20) + "\n")
          .commit("wrong.yaml", "kind: [\n");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.problems())
                      .anyMatch(
                          p ->
                              p.startsWith("large.yaml")
                                  && p.contains("bytes")
                                  && p.contains("Split it"))
                      .anyMatch(p -> p.matches("wrong\\.yaml:\\d+:\\d+: error: .+ \\(.+\\)")));

      repository.delete("large.yaml").delete("wrong.yaml").delete("good.yaml").commitAll("Empty");
      await()
          .atMost(Apps.SOON)
          .until(
              () -> loop.problems().stream().anyMatch(p -> p.contains("holds no manifest at all")));

      repository.git("update-ref", "-d", "HEAD");
      await().atMost(Apps.SOON).until(() -> !loop.sourceProblem().isEmpty());
      assertThat(loop.sourceProblem()).matches("(?s).+ \\(.+\\)");

      // Another history altogether.
      repository
          .write("good.yaml", Apps.waiting("good"))
          .commit("other.yaml", Apps.waiting("other"));
      Apps.awaitReady(loop, "good", "other");
      assertThat(loop.sourceProblem()).isEmpty();

      repository.hide();
      await().atMost(Apps.SOON).until(() -> !loop.sourceProblem().isEmpty());
      repository.show();
      await().atMost(Apps.SOON).until(() -> loop.sourceProblem().isEmpty());
      assertThat(Apps.pid(device, "good")).isEqualTo(pid);
    }
  }
}
