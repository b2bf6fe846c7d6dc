package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.report.Backoff;
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

/**
 * File systems that are mounted for apps, from an image of ext4 with what an attacker puts there.
 */
class MountsTest {

  private static final String PLACE = "/run/sandbar-mounts/usb-stick";
  private static final String UNIT = "run-sandbar\\x2dmounts-usb\\x2dstick.mount";
  private static final String CORRECT = ", drift: {mode: Correct}";

  private static final FileSystem STICK =
      new FileSystem("usb-stick", "/srv/stick.img", "ext4", List.of("loop"), false, "");
  private static final FileSystem FACTORY =
      new FileSystem("factory", "/srv/factory.img", "ext4", List.of("loop"), true, "");
  private static final FileSystem MISSING =
      new FileSystem("missing", "/srv/missing.img", "ext4", List.of("loop"), false, "");

  private static final Backoff OFTEN =
      new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(1));

  /** A medium that brings a program of root's, devices, and links out of where it is mounted. */
  private static final String MEDIUM =
      """
      mkdir -p "$1/open"; cd "$1"
      cp /usr/bin/id id; chmod 4755 id
      mknod disk b 7 0; mknod null c 1 3; chmod 666 disk null
      ln -s /etc/sandbar/owner hidden; ln -s ../../../../etc/sandbar/owner climbing
      ln -s /run/sandbar-mounts/factory other; ln -s /proc/1/root/etc/sandbar/owner first
      echo hello >greeting; chmod 777 open
      mkfs.ext4 -q -O ^has_journal -d "$1" "$2" 8M
      """;

  /** Each attack that succeeds says so. */
  private static final String ATTACKS =
      """
      exec 2>/dev/null
      read -r word </media/greeting; echo $word
      (echo x >/media/open/$1) && echo writes
      /media/id && echo EXECUTES
      (read -r -n 1 c </media/disk) && echo DISK
      (: </media/null) && echo DEVICE
      (read -r c </media/hidden) && echo LINK
      (read -r c </media/climbing) && echo CLIMBS
      (read -r c </media/first) && echo FIRST
      test -e /media/other/greeting && echo OTHER
      mount -o remount,bind,rw,suid,dev,exec /media && echo REMOUNTS
      umount /media && echo UNMOUNTS
      test -e /run/sandbar-mounts && echo SEES
      (echo x >/media/greeting) && echo OVERWRITES
      echo done; exec sleep infinity
      """;

  @ParameterizedTest
  @OnEachSystemd
  void theyAreMountedWhileAnAppNeedsThem(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    try (VirtualDevice device = VirtualDevice.named("mounts").suite(suite).boot()) {
      bringMedia(device, folder);
      try (DeviceLoop loop =
          DeviceLoop.start(device, repository, listing(STICK, FACTORY, MISSING), OFTEN)) {
        Apps.awaitReady(loop, "sleeper");
        repository
            .commit("writer.yaml", attacking("writer", "ReadWrite"))
            .commit("reader.yaml", attacking("reader", "ReadOnly"));
        Apps.awaitReady(loop, "writer", "reader");
        Apps.awaitSaid(device, "writer", "hello", "writes", "done");
        Apps.awaitSaid(device, "reader", "hello", "done");
        Apps.awaitNoDrift(loop, "writer");
        othersSeeNothing(device);
        if (suite == Suite.TRIXIE) {
          // No matter of systemd's.
          whatTheOwnerDoesNotListIsRefused(loop, repository);
          aMediumThatIsMissingIsNamed(device, loop, repository);
          aRunOnAScheduleHasItsMedium(device, loop, repository);
        }
        whatIsUnmountedByHandIsReported(device, loop);
        theUnitsBringThemUpWithoutTheAgent(device);

        repository.commit("writer.yaml", app("writer", "usb-stick", "ReadWrite", CORRECT));
        Apps.awaitApplied(loop, repository, "writer");
        whatSomebodyMountsInsteadIsCorrected(suite, device, loop);

        repository.remove("writer.yaml");
        Apps.awaitRemoved(loop, device, "writer");
        // Another app still needs it.
        assertThat(device.exec("mountpoint", PLACE).ok()).isTrue();
      }
      withoutItsVolumeTheAppGoes(device, repository);
    }
  }

  private static void bringMedia(VirtualDevice device, Path folder) throws Exception {
    Path image = folder.resolve("stick.img");
    String tree = folder.resolve("medium").toString();
    Process made =
        new ProcessBuilder("sh", "-ec", MEDIUM, "sh", tree, image.toString()).inheritIO().start();
    assertThat(made.waitFor()).isZero();
    for (FileSystem each : List.of(STICK, FACTORY)) {
      device.put(image, each.what());
    }
    sh(
        device,
        "mkdir -p /etc/sandbar; echo secret >/etc/sandbar/owner; chmod -R a+rX /etc/sandbar");
  }

  private static void othersSeeNothing(VirtualDevice device) {
    String pid = Apps.pid(device, "sleeper").strip();
    assertThat(sh(device, "cat /proc/" + pid + "/mountinfo")).doesNotContain("sandbar-mounts");
    assertThat(sh(device, "stat -c '%a %u' /run/sandbar-mounts").strip()).isEqualTo("700 0");
    assertThat(Apps.show(device, "sleeper", "BindsTo")).isBlank();
  }

  private static void whatTheOwnerDoesNotListIsRefused(DeviceLoop loop, GitRepository repository)
      throws Exception {
    repository
        .commit("greedy.yaml", app("greedy", "other", "ReadOnly", ""))
        .commit("bold.yaml", app("bold", "factory", "ReadWrite", ""));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.problems().toString())
                    .contains("'other' is denied by this device")
                    .contains("access ReadWrite to 'factory' is denied by this device"));
    repository.remove("greedy.yaml").remove("bold.yaml");
  }

  private static void aMediumThatIsMissingIsNamed(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("stuck.yaml", app("stuck", "missing", "ReadOnly", ""));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("stuck", "Ready"))
                    .contains("/run/sandbar-mounts/missing' could not be mounted"));
    repository.remove("stuck.yaml");
    Apps.awaitRemoved(loop, device, "stuck");
  }

  /** Both are due as they are applied. */
  private static void aRunOnAScheduleHasItsMedium(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    for (String name : List.of("copying", "waiting")) {
      String stamp =
          "/var/lib/systemd/timers/stamp-"
              + CalendarParity.timer(name, ScheduledAppsTest.daily(0)).unit();
      sh(device, "mkdir -p /var/lib/systemd/timers; touch -d '2 days ago' " + stamp);
    }
    String run =
        "run: {command: [/usr/bin/cat, /media/greeting], schedule: \"%s\"}, "
            .formatted(ScheduledAppsTest.daily(0));
    String mount = "permissions: {mounts: [{source: %s, mountPath: /media, access: ReadOnly}]}";
    repository
        .commit("copying.yaml", Apps.manifest("copying", run + mount.formatted("factory")))
        .commit("waiting.yaml", Apps.manifest("waiting", run + mount.formatted("missing")));
    Apps.awaitSaid(device, "copying", "hello");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.why("copying", "Healthy")).startsWith("Scheduled: last run ");
              assertThat(loop.why("waiting", "Ready"))
                  .contains("it was to run at ", " and did not start: something that it needs");
            });
    Apps.awaitNoDrift(loop, "copying");
    assertThat(loop.drifts("waiting")).isEmpty();
    assertThat(device.exec("mountpoint", "/run/sandbar-mounts/factory").ok()).isFalse();
    for (String name : List.of("copying", "waiting")) {
      repository.remove(name + ".yaml");
      Apps.awaitRemoved(loop, device, name);
    }
  }

  private static void whatIsUnmountedByHandIsReported(VirtualDevice device, DeviceLoop loop) {
    sh(device, "umount " + PLACE);
    // Neither goes on with an empty folder, or with what nobody sees any more.
    Apps.awaitDrift(loop, "writer", "\\S+ mount usb-stick: not mounted, declared mounted");
    Apps.awaitDrift(loop, "reader", "\\S+ ActiveState: inactive, declared active");
    assertThat(device.exec("mountpoint", PLACE).ok()).isFalse();
  }

  /** As at boot, or when the medium is plugged in. */
  private static void theUnitsBringThemUpWithoutTheAgent(VirtualDevice device) {
    sh(device, "systemctl start '%s'".formatted(UNIT));
    await().atMost(Apps.SOON).until(() -> isUp(device, "writer") && isUp(device, "reader"));
    String before = Apps.invocation(device, "writer");
    sh(device, "systemctl stop sandbar.target");
    // An agent that runs starts the target of its apps again, perhaps before anything is unmounted.
    await()
        .atMost(Apps.SOON)
        .until(() -> !isUp(device, "writer") || !Apps.invocation(device, "writer").equals(before));
    sh(device, "systemctl start sandbar.target");
    await().atMost(Apps.SOON).until(() -> isUp(device, "writer") && isUp(device, "reader"));
    assertThat(device.exec("mountpoint", PLACE).ok()).isTrue();
  }

  /** One after the other on one device they would count as a fight. */
  private static void whatSomebodyMountsInsteadIsCorrected(
      Suite suite, VirtualDevice device, DeviceLoop loop) {
    String before = Apps.invocation(device, "writer");
    switch (suite) {
      case BOOKWORM -> sh(device, "umount -l " + PLACE);
      case TRIXIE -> {
        sh(device, "mount -o remount,suid,dev,exec " + PLACE);
        Apps.awaitReturn(device, "writer", before);
        Apps.awaitNoDrift(loop, "writer");
        aDropInIsRemoved(device);
      }
      case FORKY ->
          sh(device, "mount -o loop,nosuid,nodev,noexec /srv/factory.img %s".formatted(PLACE));
    }
    Apps.awaitReturn(device, "writer", before);
    Apps.awaitNoDrift(loop, "writer");
    assertThat(sh(device, "grep ' %s ' /proc/1/mountinfo".formatted(PLACE)).lines())
        .singleElement()
        .satisfies(it -> assertThat(it).contains("rw,nosuid,nodev,noexec", " ext4 "));
    assertThat(device.exec("cat", "/run/sandbar/events.json").stdout()).contains("mount usb-stick");
    if (suite == Suite.FORKY) {
      assertThat(device.exec("cat", "/run/sandbar/events.json").stdout())
          .contains("mounted over by");
    }
  }

  private static void aDropInIsRemoved(VirtualDevice device) {
    sh(
        device,
        """
        mkdir -p '/run/systemd/system/%1$s.d'
        printf '[Mount]\\nOptions=suid\\n' >'/run/systemd/system/%1$s.d/x.conf'
        systemctl daemon-reload
        """
            .formatted(UNIT));
    await()
        .atMost(Apps.SOON)
        .until(() -> !device.exec("systemctl", "cat", UNIT).stdout().contains("=suid"));
  }

  private static void withoutItsVolumeTheAppGoes(VirtualDevice device, GitRepository repository)
      throws Exception {
    try (DeviceLoop loop = DeviceLoop.start(device, repository, listing(FACTORY))) {
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> {
                assertThat(isUp(device, "reader")).isFalse();
                assertThat(sh(device, "cat /proc/1/mountinfo")).doesNotContain("sandbar-mounts");
                assertThat(sh(device, "ls -R /etc/systemd/system")).doesNotContain("x2dmounts");
                assertThat(loop.problems().toString())
                    .contains("'usb-stick' is denied by this device");
              });
    }
  }

  private static boolean isUp(VirtualDevice device, String app) {
    return Apps.state(device, app).strip().equals("active");
  }

  private static String attacking(String name, String access) {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %1$s}
        spec:
          permissions: {mounts: [{source: usb-stick, mountPath: /media, access: %2$s}]}
          run: {command: [/bin/bash, /run/attacks.sh, %1$s]}
          files:
            - path: /run/attacks.sh
              content: |
        %3$s
        """
        .formatted(name, access, ATTACKS.indent(8).stripTrailing());
  }

  private static String app(String name, String source, String access, String more) {
    return Apps.waiting(
        name,
        "permissions: {mounts: [{source: %s, mountPath: /media, access: %s}]}%s"
            .formatted(source, access, more));
  }

  private static UnaryOperator<DeviceSettings> listing(FileSystem... fileSystems) {
    var listed = new Listed.Only<>(new TreeSet<>(Arrays.asList(fileSystems)));
    return settings ->
        DeviceLoop.sweeping(Duration.ofSeconds(1))
            .apply(settings.with(DevicePolicy.NONE.withMounts(listed)));
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow();
  }
}
