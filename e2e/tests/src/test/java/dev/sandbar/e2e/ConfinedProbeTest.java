package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandbar probe} of services that a device has, and that an app confines. */
class ConfinedProbeTest {

  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final TextLimits WHOLE = new TextLimits(1 << 20, 64, 50_000);
  private static final String KIT = "/usr/lib/sandbar/probe-kit";

  /** Root, as most services of packages are, and an instance of a template with a user. */
  private static final String ROOT =
      """
      [Service]
      ExecStart=/usr/bin/sleep infinity
      StateDirectory=rooted
      """;

  private static final String WORKER =
      """
      [Service]
      ExecStart=/usr/bin/sleep infinity
      User=daemon
      RuntimeDirectory=worker/%i
      ReadWritePaths=/run/worker/%i
      ProtectSystem=strict
      """;

  private static final String SPEC =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {unit: %s}
        mode: Open
        permissions:
          internet: false
          localNetwork: false
          jit: false
          debug: false
          keyring: false
          networkStatus: false
          realtime: false
          canBus: false
          devices: false
          camera: false
          usb: false
      """;

  /** What is not named is withheld. */
  private static final String CLOSED =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: shut}
      spec:
        run: {unit: shut.service}
        permissions: {localNetwork: true, unixSockets: true}
      """;

  private static final String LEFT =
      "ls -d /run/sandbar-probe /run/systemd/system/sandbar.probe-* 2>/dev/null;"
          + " systemctl list-units --all --no-legend --plain 'sandbar.probe-*'";

  @TempDir private Path folder;

  private static DevicePolicy listing(String... units) {
    var listed = new TreeSet<UnitName>();
    List.of(units).forEach(unit -> listed.add(new UnitName(unit)));
    return new DevicePolicy(
            false, false, true, new TreeSet<>(), Permission.Level.DANGEROUS, SliceLimits.DEFAULT)
        .withAdopt(new Listed.Only<>(listed));
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(LIMIT, "sh", "-ec", script).orThrow().strip();
  }

  private static CommandResult sandbar(VirtualDevice device, String line) {
    return DeviceCli.run(device, LIMIT, line);
  }

  private static Map<String, String> opened(CommandResult result) {
    assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isNotEqualTo(1);
    byte[] json = result.stdout().getBytes(StandardCharsets.UTF_8);
    Node document = JsonReader.read("probe", json, WHOLE).documents().getFirst();
    var verdicts = new TreeMap<String, String>();
    for (Node one : Texts.items(document, "attempts")) {
      verdicts.put(Texts.at(one, "id"), Texts.at(one, "verdict"));
    }
    return verdicts;
  }

  @Test
  void aServiceIsProbedWithItsOwnUserAndInAllItsWalls() throws Exception {
    var image = Workbench.images().probe();
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("rooted.yaml", SPEC.formatted("rooted", "rooted.service"))
            .write("worker.yaml", SPEC.formatted("worker", "worker@one.service"))
            .write("shut.yaml", CLOSED)
            .commitAll("Confine two services");
    try (var network = VirtualNetwork.create();
        var device = device(network, image)) {
      sh(
          device,
          "mount -o loop,ro %s /mnt; install -D -m 755 /mnt/usr/bin/probe %s; umount /mnt"
              .formatted(Workbench.PROBE_IMAGE, KIT));
      device.write("/usr/lib/systemd/system/rooted.service", ROOT);
      device.write("/usr/lib/systemd/system/worker@.service", WORKER);
      device.write("/usr/lib/systemd/system/shut.service", ROOT.replace("rooted", "shut"));
      sh(
          device,
          "chmod 644 /usr/lib/systemd/system/rooted.service /usr/lib/systemd/system/shut.service"
              + " /usr/lib/systemd/system/worker@.service;"
              + " systemctl daemon-reload; systemctl start rooted worker@one shut");
      beforeItIsConfined(device);
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              it -> it.with(listing("rooted.service", "worker@one.service", "shut.service")),
              Backoff.STANDARD)) {
        Apps.awaitReady(loop, "rooted", "worker", "shut");
        confined(device, loop);
        closed(device);
        weakened(device);
      }
    }
  }

  private static VirtualDevice device(VirtualNetwork network, AppImage image) throws IOException {
    var builder =
        ChildJvm.shown(
            VirtualDevice.named("confined")
                .network(network)
                .bind(image.path(), Workbench.PROBE_IMAGE));
    return builder.boot();
  }

  /** From the file alone; and what is withheld opens nowhere, though the kit is root. */
  private static void beforeItIsConfined(VirtualDevice device) {
    device.write("/root/rooted.yaml", SPEC.formatted("rooted", "rooted.service"));
    device.write("/root/none.yaml", SPEC.formatted("none", "none.service"));
    assertThat(sandbar(device, "probe /root/rooted.yaml").stderr().replaceAll("\\s+", " "))
        .contains("cannot be enforced on this device");
    device.write(
        "/etc/sandbar/agent.yaml",
        "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, "
            + "policy: {adopt: [rooted.service, worker@one.service, shut.service, none.service]}}");
    CommandResult probed = sandbar(device, "probe /root/rooted.yaml");
    assertThat(probed.exitCode()).as(probed.stdout() + probed.stderr()).isZero();
    assertThat(probed.stdout()).contains("on rooted: nothing opened that is not granted");
    assertThat(probed.stderr().replaceAll("\\s+", " "))
        .contains("this is the sandbox of the spec: rooted.service was not made from it");
    assertThat(sandbar(device, "probe /root/none.yaml").stderr().replaceAll("\\s+", " "))
        .contains("this device has no service none.service");
    assertThat(sh(device, "systemctl show -p DropInPaths --value rooted")).isEmpty();
  }

  private static void confined(VirtualDevice device, DeviceLoop loop) throws IOException {
    for (String app : List.of("rooted", "worker")) {
      String unit = app.equals("worker") ? "worker@one" : app;
      String pid = sh(device, "systemctl show -p MainPID --value " + unit);
      CommandResult result = sandbar(device, "probe " + app + " -o json");
      assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isZero();
      Map<String, String> attempts = opened(result);
      assertThat(attempts).hasSizeGreaterThan(250).doesNotContainValue("NotGranted");
      assertThat(attempts)
          .containsEntry("tcp4-out", "Refused")
          .containsEntry("lan-tcp4", "Refused");
      assertThat(sh(device, "systemctl show -p MainPID --value " + unit)).isEqualTo(pid);
      assertThat(loop.drifts(app)).isEmpty();
    }
    assertThat(sh(device, "ls -A /var/lib/rooted /run/worker/one | tr -d '\\n'"))
        .as("nothing is left there")
        .isEqualTo("/run/worker/one:/var/lib/rooted:");
    assertThat(device.exec("sh", "-c", LEFT).stdout()).isEmpty();
  }

  /** Root, and in closed mode: what the spec does not name is refused. */
  private static void closed(VirtualDevice device) {
    CommandResult result = sandbar(device, "probe shut -o json");
    assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isZero();
    assertThat(opened(result))
        .containsEntry("tcp4-out", "Refused")
        .containsEntry("bind-80", "Refused")
        .containsEntry("socket-inet", "Granted")
        .containsEntry("init-module", "Refused")
        .containsEntry("mount-tmpfs", "Refused")
        .containsEntry("mmap-rwx", "Refused");
    assertThat(sh(device, "systemctl show -p SystemCallFilter --value shut"))
        .contains("~")
        .contains("init_module");
  }

  /** What somebody opens again in a drop-in behind ours is found. */
  private static void weakened(VirtualDevice device) {
    device.write(
        "/etc/systemd/system/rooted.service.d/zzz.conf",
        "[Service]\nIPAddressDeny=\nRestrictAddressFamilies=\nSocketBindDeny=\n");
    sh(device, "systemctl daemon-reload");
    CommandResult result = sandbar(device, "probe rooted -o json");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(opened(result)).containsEntry("bind-8088", "NotGranted");
  }
}
