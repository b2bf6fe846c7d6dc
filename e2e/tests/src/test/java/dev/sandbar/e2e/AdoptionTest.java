package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Services that a device has, confined where they are and given back as they were. */
class AdoptionTest {

  private static final String UNIT = "web.service";
  private static final String PACKAGED = "/usr/lib/systemd/system/web.service";
  private static final String DROP_IN = "/etc/systemd/system/web.service.d/zz-sandbar.conf";

  /** As a package has it: with a user, a state directory and a wall of its own. */
  private static final String SERVICE =
      """
      [Unit]
      Description=A web server of the device
      [Service]
      ExecStart=/usr/bin/busybox httpd -f -p 127.0.0.1:8080 -h /var/lib/web
      ExecStartPre=/bin/sh -c 'echo %s >/var/lib/web/index.html; cp /etc/hostname /var/lib/web/'
      User=daemon
      StateDirectory=web
      ProtectHome=yes
      CapabilityBoundingSet=CAP_CHOWN CAP_SYS_PTRACE
      [Install]
      WantedBy=multi-user.target
      """;

  /** An app that a unit file declares. */
  private static final String BY_UNIT_FILE =
      """
      [Service]
      ExecStart=/usr/bin/sleep infinity
      [X-Sandbar]
      ACCESS_INTERNET=no
      """;

  private static final String SPEC =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: web}
      spec:
        run: {unit: web.service}
        mode: Open
        permissions:
          internet: true
          internetTo: [{cidr: 127.0.0.0/8}]
          localNetwork: false
          jit: false
          debug: false
          keyring: false
          networkStatus: false
        directives: {NoNewPrivileges: yes, ProtectSystem: strict, RestrictNamespaces: yes}
      """;

  @TempDir private Path folder;

  private static DevicePolicy listing(String... units) {
    var listed = new TreeSet<UnitName>();
    List.of(units).forEach(unit -> listed.add(new UnitName(unit)));
    return new DevicePolicy(
            false, false, true, new TreeSet<>(), Permission.Level.DANGEROUS, SliceLimits.DEFAULT)
        .withAdopt(new Listed.Only<>(listed));
  }

  private static DeviceLoop start(
      VirtualDevice device, GitRepository repository, DevicePolicy policy) throws IOException {
    return DeviceLoop.start(device, repository, it -> it.with(policy), Backoff.STANDARD);
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow().strip();
  }

  private static String served(VirtualDevice device) {
    return device.exec("busybox", "wget", "-q", "-O-", "http://127.0.0.1:8080/").stdout().strip();
  }

  private static void awaitServed(VirtualDevice device, String what) {
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(served(device)).isEqualTo(what));
  }

  private static String pid(VirtualDevice device) {
    return sh(device, "systemctl show -p MainPID --value " + UNIT);
  }

  /** What the kernel holds of the main process. */
  private static String held(VirtualDevice device) {
    return sh(
        device,
        "grep -E '^(NoNewPrivs|Seccomp|CapBnd):' /proc/%s/status | tr '\\t\\n' '  '"
            .formatted(pid(device)));
  }

  private static void awaitWhy(DeviceLoop loop, String reason) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.why("web", "Ready")).startsWith(reason + ": "));
  }

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"BOOKWORM", "FORKY"})
  void aServiceOfTheDeviceIsConfinedWhereItIs(Suite suite) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("web.yaml", SPEC)
            .write("other.service", BY_UNIT_FILE)
            .commitAll("Confine the web server");
    try (var device = VirtualDevice.named("adopt").suite(suite).boot()) {
      device.write(PACKAGED, SERVICE.formatted("one"));
      sh(device, "chmod 644 %s; systemctl daemon-reload".formatted(PACKAGED));
      sh(device, "systemctl enable --now " + UNIT);
      awaitServed(device, "one");
      String before = held(device);
      String first = pid(device);

      // The owner lists nothing: the service is not touched.
      try (var loop = start(device, repository, listing())) {
        awaitWhy(loop, "PolicyDenied");
        assertThat(loop.why("web", "Ready")).contains("adopt: [...]");
        assertThat(pid(device)).isEqualTo(first);
      }

      try (var loop = start(device, repository, listing(UNIT))) {
        Apps.awaitReady(loop, "web", "other");
        assertThat(pid(device)).as("started anew, with the walls").isNotEqualTo(first);
        awaitServed(device, "one");
        assertThat(held(device))
            .contains("NoNewPrivs: 1")
            .contains("Seccomp: 2")
            .as("what the package allows, without what the app takes away")
            .contains("CapBnd: 0000000000000001");
        assertThat(sh(device, "stat -c '%a %U' " + DROP_IN)).isEqualTo("600 root");
        assertThat(device.read(PACKAGED)).isEqualTo(SERVICE.formatted("one"));
        String user = "stat -c %U /proc/" + pid(device);
        assertThat(sh(device, user)).as("its user is its package's").isEqualTo("daemon");
        assertThat(Texts.at(loop.app("web"), "unit")).isEqualTo(UNIT);
        assertThat(sh(device, "systemd-analyze security --no-pager " + UNIT + " | tail -n 1"))
            .as("with what the service has itself")
            .contains(UNIT + ": " + Texts.at(loop.app("web"), "exposure"));
        attack(device);
        itsOwnerDecidesWhetherItRuns(device, loop);
        driftIsPutRight(device, loop, repository);
        upgradesAreFollowed(device, loop);
        noVersionWeakensThePackage(device, loop, repository);
        whatItCannotLiveWithIsTakenBack(device, loop, repository, suite);
      }

      // The agent is started again, and the app is no longer declared.
      String confined = pid(device);
      try (var loop = start(device, repository, listing(UNIT))) {
        Apps.awaitReady(loop, "web");
        assertThat(pid(device)).as("nothing to do").isEqualTo(confined);
        repository.remove("web.yaml");
        await().atMost(Apps.SOON).untilAsserted(() -> assertThat(held(device)).isEqualTo(before));
      }
      awaitServed(device, "two");
      assertThat(sh(device, "ls -d /etc/systemd/system/web.service* 2>/dev/null || true"))
          .isEmpty();
      assertThat(sh(device, "systemctl is-enabled " + UNIT)).isEqualTo("enabled");
    }
  }

  /**
   * systemd 257 detaches the filters on ports of all running services when anybody reloads it, and
   * those of the device are in slices of its own.
   */
  @Test
  void itsPortsStayClosedWhenSomebodyReloadsSystemd() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write(
                "web.yaml",
                SPEC.replace("internet: true", "internet: false")
                    .replace("internetTo: [{cidr: 127.0.0.0/8}]", "localNetwork: true")
                    .replace("localNetwork: false", "ports: [{name: web, port: 8080}]"))
            .commitAll("Restrict the web server");
    try (var device = VirtualDevice.named("adopt-ports").suite(Suite.TRIXIE).boot()) {
      device.write(PACKAGED, SERVICE.formatted("one"));
      sh(device, "chmod 644 %s; systemctl daemon-reload".formatted(PACKAGED));
      sh(device, "systemctl enable --now " + UNIT);
      try (var loop = start(device, repository, listing(UNIT))) {
        Apps.awaitReady(loop, "web");
        assertThat(bound(device, 8081)).isFalse();
        sh(device, "systemctl daemon-reload");
        await().atMost(Apps.SOON).untilAsserted(() -> assertThat(bound(device, 8081)).isFalse());
        assertThat(bound(device, 8080)).isTrue();
        Apps.awaitReady(loop, "web");
        assertThat(loop.drifts("web")).isEmpty();
      }
    }
  }

  /** Whether a process in the cgroup of the service binds a port of another address. */
  private static boolean bound(VirtualDevice device, int port) {
    String script =
        "echo $$ >/sys/fs/cgroup/system.slice/%s/cgroup.procs && exec busybox timeout -s KILL 1"
            + " busybox httpd -f -p 127.0.0.2:%d";
    var tried = device.exec("sh", "-c", script.formatted(UNIT, port));
    return !tried.stderr().contains("not permitted");
  }

  /** From within the cgroup and the namespaces of the service, with its filters. */
  private static void attack(VirtualDevice device) {
    String unit = "systemctl show -p %s --value " + UNIT;
    assertThat(sh(device, unit.formatted("IPAddressDeny"))).contains("::/1");
    assertThat(sh(device, unit.formatted("ProtectHome"))).as("of the package").isEqualTo("yes");
    // A process of its user in its mount namespace writes where the package lets it, and nowhere
    // else.
    String enter =
        "nsenter --mount --target " + pid(device) + " setpriv --reuid=daemon --clear-groups ";
    assertThat(sh(device, enter + "sh -c 'echo two >/var/lib/web/index.html'")).isEmpty();
    assertThat(device.exec("sh", "-c", enter + "touch /tmp/out /var/tmp/out /run/out").exitCode())
        .isNotZero();
    awaitServed(device, "two");
  }

  private static void itsOwnerDecidesWhetherItRuns(VirtualDevice device, DeviceLoop loop)
      throws IOException {
    sh(device, "systemctl stop " + UNIT);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.condition("web", "Healthy")).isEqualTo("False"));
    assertThat(loop.drifts("web")).isEmpty();
    sh(device, "systemctl start " + UNIT);
    Apps.awaitReady(loop, "web");
  }

  private static void driftIsPutRight(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws IOException {
    repository.commit("web.yaml", SPEC + "  drift: {mode: Correct}\n");
    await().atMost(Apps.SOON).until(() -> loop.revision().contains(repository.head()));
    String before = pid(device);
    sh(device, "rm " + DROP_IN + "; systemctl daemon-reload; systemctl restart " + UNIT);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(held(device)).contains("NoNewPrivs: 1");
              assertThat(pid(device)).isNotEqualTo(before);
            });
    Apps.awaitReady(loop, "web");
    Apps.awaitNoDrift(loop, "web");
    // A drop-in of the owner that closes more is no drift; one that opens a wall is.
    device.write("/etc/systemd/system/web.service.d/owner.conf", "[Service]\nPrivateTmp=yes\n");
    sh(device, "systemctl daemon-reload; systemctl restart " + UNIT);
    Apps.awaitReady(loop, "web");
    assertThat(loop.drifts("web")).isEmpty();
    device.write("/etc/systemd/system/web.service.d/zzz.conf", "[Service]\nNoNewPrivileges=no\n");
    sh(device, "systemctl daemon-reload");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.drifts("web"))
                    .anySatisfy(it -> assertThat(it).contains("NoNewPrivileges")));
    sh(device, "rm /etc/systemd/system/web.service.d/*z.conf; systemctl daemon-reload");
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(loop.drifts("web")).isEmpty());
    sh(device, "rm /etc/systemd/system/web.service.d/owner.conf; systemctl daemon-reload");
  }

  private static void upgradesAreFollowed(VirtualDevice device, DeviceLoop loop)
      throws IOException {
    device.write(PACKAGED, SERVICE.formatted("two") + "# version 2\n");
    sh(
        device,
        "chmod 644 %s; systemctl daemon-reload; systemctl restart %s".formatted(PACKAGED, UNIT));
    awaitServed(device, "two");
    Apps.awaitReady(loop, "web");
    assertThat(held(device)).contains("NoNewPrivs: 1");
    Apps.awaitNoDrift(loop, "web");
  }

  private static void noVersionWeakensThePackage(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws IOException {
    String before = device.read(DROP_IN);
    String running = pid(device);
    repository.commit("web.yaml", SPEC.replace("ProtectSystem: strict", "ProtectHome: read-only"));
    awaitWhy(loop, "NotAdopted");
    assertThat(loop.why("web", "Ready")).contains("web.service has ProtectHome=yes itself");
    assertThat(device.read(DROP_IN)).isEqualTo(before);
    assertThat(pid(device)).isEqualTo(running);
    repository.commit("web.yaml", SPEC);
    Apps.awaitReady(loop, "web");
  }

  private static void whatItCannotLiveWithIsTakenBack(
      VirtualDevice device, DeviceLoop loop, GitRepository repository, Suite suite)
      throws IOException {
    repository.commit("web.yaml", SPEC + "  systemCalls: {deny: [\"@network-io\"]}\n");
    awaitWhy(loop, "RolledBack");
    assertThat(loop.why("web", "Ready"))
        .as("of its calls nothing is known")
        .doesNotContain("closed by");
    // Without filters on ports, which Debian's systemd 252 lacks, the internet cannot be withheld.
    if (suite != Suite.BOOKWORM) {
      repository.commit(
          "web.yaml",
          SPEC.replace("internet: true\n    internetTo: [{cidr: 127.0.0.0/8}]", "internet: false"));
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.why("web", "Ready"))
                      .startsWith("RolledBack: ")
                      .contains("before it, the service did what is closed by internet"));
    }
    awaitServed(device, "two");
    assertThat(held(device)).as("the version before").contains("NoNewPrivs: 1");
    repository.commit("web.yaml", SPEC);
    Apps.awaitReady(loop, "web");
  }

  /** Without a version to go back to, the service goes on without the app. */
  @Test
  void aServiceThatCannotLiveWithItsFirstWallsRunsOnWithoutThem() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("web.yaml", SPEC + "  systemCalls: {deny: [\"@network-io\"]}\n")
            .commitAll("Confine the web server too much");
    try (var device = VirtualDevice.named("refuse").boot();
        var loop = start(device, repository, listing(UNIT))) {
      awaitWhy(loop, "NotAdopted");
      assertThat(loop.why("web", "Ready"))
          .contains("web.service that it is not-found", "install the package");
      device.write(PACKAGED, SERVICE.formatted("one"));
      sh(device, "chmod 644 %s; systemctl daemon-reload".formatted(PACKAGED));
      sh(device, "systemctl enable --now " + UNIT);
      awaitWhy(loop, "ReconciliationFailed");
      awaitServed(device, "one");
      assertThat(held(device)).contains("NoNewPrivs: 0");
      // It is tried again now and then, and taken away each time.
      await()
          .atMost(Apps.SOON)
          .until(() -> sh(device, "ls -d /etc/systemd/system/web.service* || true").isEmpty());

      // A program that its unit starts outside of every sandbox is not claimed to be in one.
      device.write(PACKAGED, SERVICE.formatted("one").replace("ExecStart=/", "ExecStart=+/"));
      sh(device, "chmod 644 %s; systemctl daemon-reload".formatted(PACKAGED));
      repository.commit("web.yaml", SPEC);
      awaitWhy(loop, "NotEnforced");
      awaitServed(device, "one");
      await().atMost(Apps.SOON).until(() -> !device.exec("test", "-e", DROP_IN).ok());
    }
  }
}
