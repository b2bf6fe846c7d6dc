package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.RunningProgram;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandbar probe} as root types it on a device that an agent looks after. */
class ProbeCommandTest {

  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final String KIT = "/usr/lib/sandbar/probe-kit";
  private static final TextLimits WHOLE = new TextLimits(1 << 20, 64, 50_000);

  /** Everything that a probe makes, on the disk and in systemd. */
  private static final String LEFT =
      "ls -d /run/sandbar-probe /run/systemd/system/sandbar.probe-* /var/lib/sandbar.probe-*"
          + " /var/lib/private/sandbar.probe-* 2>/dev/null;"
          + " systemctl list-units --all --no-legend --plain 'sandbar.probe-*'";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static AppImage image;

  @SuppressWarnings("NullAway.Init")
  private static VirtualNetwork network;

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  @SuppressWarnings("NullAway.Init")
  private static DeviceLoop loop;

  @BeforeAll
  static void boot() throws Exception {
    image = Workbench.images().probe();
    network = VirtualNetwork.create();
    var builder =
        ChildJvm.shown(
            VirtualDevice.named("probed")
                .network(network)
                .bind(image.path(), Workbench.PROBE_IMAGE));
    device = builder.boot();
    sh(
        "mount -o loop,ro %s /mnt; install -D -m 755 /mnt/usr/bin/probe %s; umount /mnt"
            .formatted(Workbench.PROBE_IMAGE, KIT));
    sh("sysctl -q -w net.ipv4.ip_forward=1");
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("pump.yaml", Apps.waiting("pump"))
            .write("valve.yaml", Apps.waiting("valve"))
            .write(
                "modem.yaml", Apps.waiting("modem", "permissions: {internet: true, state: true}"))
            .write(
                "router.yaml",
                Apps.waiting(
                    "router", "permissions: {internet: true, unixSockets: true}, network: Own"))
            .commitAll("Four apps");
    loop = DeviceLoop.start(device, repository);
    Apps.awaitReady(loop, "pump", "valve", "modem", "router");
  }

  @AfterAll
  static void remove() throws Exception {
    try (var _ = network;
        var _ = device) {
      loop.close();
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(device.exec("sh", "-c", LEFT).stdout()).isEmpty();
    assertThat(loop.drifts("pump")).isEmpty();
  }

  private static String sh(String script) {
    return device.exec(LIMIT, "sh", "-ec", script).orThrow();
  }

  private static CommandResult sandbar(int code, String line) {
    CommandResult result = DeviceCli.run(device, LIMIT, line);
    assertThat(result.exitCode())
        .as("%s: %s%s", line, result.stdout(), result.stderr())
        .isEqualTo(code);
    return result;
  }

  /** Without what two log libraries of the tests say of each other. */
  private static String said(String stderr) {
    return stderr.replaceAll("(?m)^SLF4J.*\\n", "");
  }

  private static String refused(String line) {
    return sandbar(1, line).stderr().replaceAll("\\s+", " ");
  }

  private static Map<String, Node> attempts(CommandResult result) {
    byte[] json = result.stdout().getBytes(StandardCharsets.UTF_8);
    var attempts = new TreeMap<String, Node>();
    for (Node one :
        Texts.items(JsonReader.read("probe", json, WHOLE).documents().getFirst(), "attempts")) {
      attempts.put(Texts.at(one, "id"), one);
    }
    return attempts;
  }

  private static String verdict(Map<String, Node> attempts, String id) {
    return Texts.at(attempts.getOrDefault(id, Node.mapping(List.of())), "verdict");
  }

  @Test
  void everyAttemptOfTheKitIsInTheTable() {
    var listed = new TreeMap<String, Boolean>();
    sh(KIT + " --list")
        .lines()
        .map(line -> line.split("\\s+", 3))
        .filter(words -> !words[1].equals("attempts"))
        .forEach(words -> listed.put(words[1], words[2].endsWith("(harmless)")));

    assertThat(listed).hasSizeGreaterThan(250).isEqualTo(ProbeJudgement.known());
  }

  @Test
  void anAppThatAsksForNothingIsProbedBesideItself() {
    String pid = Apps.pid(device, "pump");

    CommandResult shown = sandbar(0, "probe pump");

    assertThat(shown.stdout())
        .containsPattern("\\ninternet +7 +0 +refused\\n")
        .containsPattern("\\nno permission +[12][0-9]{2} +0 +refused\\n")
        .contains(" on pump: nothing opened that is not granted, 0 opened as granted\n");
    assertThat(said(shown.stderr())).isEmpty();
    assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
    assertThat(sh("journalctl --output=cat --unit=sandbar-pump.service")).doesNotContain("probe");
  }

  @Test
  void whatIsGrantedIsNoFinding() {
    Map<String, Node> attempts = attempts(sandbar(0, "probe modem -o json"));

    assertThat(attempts).hasSizeGreaterThan(250);
    for (String id : List.of("tcp4-out", "udp4-out", "socket-inet")) {
      assertThat(verdict(attempts, id)).as(id).isEqualTo("Granted");
    }
    for (String id : List.of("lan-tcp4", "bind-80", "exec-state")) {
      assertThat(verdict(attempts, id)).as(id).isEqualTo("Refused");
    }
    assertThat(sh("ls -A /var/lib/private/sandbar-modem")).isEmpty();
  }

  @Test
  void anAppWithANetworkOfItsOwnIsProbedInIt() {
    Map<String, Node> attempts = attempts(sandbar(0, "probe router -o json"));

    for (String id : List.of("tcp4-out", "udp4-out", "loopback-tcp4")) {
      assertThat(verdict(attempts, id)).as(id).isEqualTo("Granted");
    }
    for (String id : List.of("lan-tcp4", "lan-udp4", "bind-80")) {
      assertThat(verdict(attempts, id)).as(id).isEqualTo("Refused");
    }
    // The permission is there, and the sockets of others are not.
    assertThat(verdict(attempts, "abstract-socket")).isEqualTo("GrantedRefused");
  }

  /** By somebody with root, whose drop-in the loaded unit has. */
  @Test
  void whatADropInOpensIsFound() {
    device.write(
        "/etc/systemd/system/sandbar-valve.service.d/weak.conf",
        """
        [Service]
        ProtectHome=no
        ExecStartPre=+/usr/bin/touch /root/ran
        StateDirectory=sandbar-modem
        """);
    try {
      sh("systemctl daemon-reload");
      CommandResult shown = sandbar(2, "probe valve");

      assertThat(shown.stdout()).contains("Open, and not granted:\n  read-home  list /home\n");
      assertThat(shown.stderr()).contains("weak.conf", "StateDirectory");
      assertThat(sandbar(2, "probe valve -o name").stdout()).isEqualTo("read-home\n");
      assertThat(device.exec("test", "-e", "/root/ran").ok()).isFalse();
    } finally {
      sh("rm -r /etc/systemd/system/sandbar-valve.service.d; systemctl daemon-reload");
    }
  }

  @Test
  void aSpecThatDoesNotRunYetIsProbed() {
    String spec =
        "image: {path: %s, sha256: %s}, run: {command: [/usr/bin/probe]}, files: [{path: /run/new/app.conf, content: a}]"
            .formatted(Workbench.PROBE_IMAGE, image.sha256());
    device.write("/root/new.yaml", Apps.manifest("new", spec));
    String stores = "ls /var/lib/sandbar/images /var/lib/sandbar/files 2>&1 || true";
    String before = sh(stores);

    assertThat(sandbar(0, "probe /root/new.yaml").stderr())
        .contains("note: this is the sandbox of the spec");
    assertThat(sh(stores)).as("the agent's").isEqualTo(before);

    device.write("/root/new.yaml", Apps.manifest("new", spec + ", permissions: {jit: true}"));
    CommandResult jit = sandbar(0, "probe /root/new.yaml -o wide");
    assertThat(jit.stdout()).containsPattern("\\nmmap-rwx +jit +yes +open ");
  }

  @Test
  void whatIsWrongIsSaid() {
    assertThat(refused("probe nobody")).contains("has applied no app nobody");
    assertThat(refused("probe /root/none.yaml")).contains("/root/none.yaml");
    assertThat(refused("probe ../pump --file x.yaml")).contains("is not the name of an app");
    device.write("/root/two.yaml", Apps.waiting("one") + "---\n" + Apps.waiting("two"));
    assertThat(refused("probe /root/two.yaml")).contains("declares 2 apps");
    device.write("/root/hostile.yaml", Apps.waiting("a\\nExecStart=/bin/sh"));
    assertThat(refused("probe /root/hostile.yaml")).contains("declares no app");

    String line = String.join(" ", DeviceCli.command("probe pump"));
    CommandResult user =
        device.exec(LIMIT, "setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", line);
    assertThat(user.exitCode()).isEqualTo(1);
    assertThat(user.stderr()).contains("root is required");

    assertThat(refused("probe pump --kit /root/no-kit"))
        .contains("there is no kit of attempts /root/no-kit", "sandbar-probe");
    sh("cp %s /root/kit; chmod 777 /root/kit; ln -sf %s /root/link".formatted(KIT, KIT));
    assertThat(refused("probe pump --kit /root/kit")).contains("can be written by others");
    sh("chmod 755 /root/kit; chown 65534 /root/kit");
    assertThat(refused("probe pump --kit /root/kit")).contains("does not belong to root");
    assertThat(refused("probe pump --kit /root/link")).contains("symbolic link");
    assertThat(refused("probe pump --kit /root")).contains("not a regular file");
    sh("mkdir -m 777 /srv/open; cp %s /srv/open/kit".formatted(KIT));
    assertThat(refused("probe pump --kit /srv/open/kit")).contains("can be written by others");
  }

  /** A kit is the owner's own; what it prints is not. */
  @Test
  void whatAKitPrintsIsBoundedAndProvesNothingUnlessItIsWhole() {
    kit("echo '{\"id\":\"tcp4-out\",\"result\":\"denied\"}'");
    assertThat(refused("probe pump --kit /root/script"))
        .contains("proves nothing: the kit reported 1 attempts and not");
    kit("printf '\\033[2J[[[[[\\377\\n{\"id\":7}\\n'");
    assertThat(refused("probe pump --kit /root/script"))
        .contains("the kit reported no attempt")
        .doesNotContain("\u001B");
    kit("while :; do echo flooooooooooooooooooooooooooooooooooooooooooooooooooooooooood; done");
    assertThat(refused("probe pump --kit /root/script")).contains("did not run");
  }

  private static void kit(String script) {
    device.write("/root/script", "#!/bin/sh\n" + script + "\n");
    sh("chmod 755 /root/script");
  }

  @Test
  void anInterruptedProbeIsRemovedAndAKilledOneByTheNext() throws Exception {
    kit("exec sleep 100");
    try (RunningProgram probing =
        device.start(DeviceCli.command("probe pump --kit /root/script"), Map.of())) {
      awaitSleeping();
      whileItRunsTheAgentFindsNothingAmiss();
      probing.terminate();
      assertThat(probing.await(Duration.ofSeconds(60))).hasValue(143);
      assertThat(said(new String(probing.stderr().readAllBytes(), StandardCharsets.UTF_8)))
          .isEqualTo("interrupted: the probe is removed, and the app runs on\n");
    }
    nothingIsLeft();

    try (RunningProgram probing =
        device.start(DeviceCli.command("probe pump --kit /root/script"), Map.of())) {
      awaitSleeping();
      assertThat(refused("probe valve")).contains("another probe of this device is under way");
      probing.signal("KILL");
      assertThat(probing.await(Duration.ofSeconds(60))).isPresent();
    }
    assertThat(device.exec("sh", "-c", LEFT).stdout()).contains("sandbar.probe-pump.service");
    sh("mkdir -p /var/lib/private/sandbar.probe-old/deep; ln -s / /var/lib/sandbar.probe-old");
    sandbar(0, "probe valve -o name");
  }

  /** A whole round later the unit of the kit is there as before. */
  private static void whileItRunsTheAgentFindsNothingAmiss() throws IOException {
    assertThat(sandbar(0, "reconcile").stdout()).contains("reconciled");
    for (String app : List.of("pump", "valve", "modem")) {
      assertThat(loop.drifts(app)).isEmpty();
      assertThat(loop.condition(app, "Ready")).startsWith("True");
    }
    assertThat(sh("systemctl show -p ActiveState -p ControlGroup sandbar.probe-pump.service"))
        .contains("ActiveState=activating", "/sandbar.slice/");
  }

  private static void awaitSleeping() {
    await()
        .atMost(LIMIT)
        .until(
            () ->
                device
                    .exec("systemctl", "show", "-p", "ActiveState", "sandbar.probe-pump.service")
                    .stdout()
                    .contains("activating"));
  }

  /** Debian mounts /run so; whoever can write there is root already, but links are not followed. */
  @Test
  void aDeviceThatExecutesNothingInRunIsProbedToo() {
    sh(
        "mount -o remount,noexec /run; mkdir /srv/elsewhere; ln -s /srv/elsewhere /run/sandbar-probe");
    try {
      sandbar(0, "probe pump -o name");
      assertThat(sh("ls -A /srv/elsewhere")).isEmpty();
    } finally {
      sh("mount -o remount,exec /run");
    }
  }
}
