package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.e2e.EmulatedClasses;
import dev.sandbar.vdev.EmulatedDevice;
import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The identity of a device with a TPM2, from the files of an earlier release to another TPM2. Boots
 * three times and starts the agent as often, in emulation, so only the profile nightly runs it.
 */
@Tag("nightly")
class IdentityUnderTpmTest {
  private static final String LIBRARIES = "/opt/sandbar/lib";
  private static final String STATE = "/var/lib/sandbar";
  private static final String IDENTITY = STATE + "/identity/";
  private static final String NAME = "pump-1";
  private static final String UNIT = "sandbard-tpm2.service";
  private static final Path PACKAGING = Path.of("../../packaging");
  private static final Duration SOON = Duration.ofMinutes(20);

  /** TPM2_PCR_Extend of PCR 7 with a SHA-256 of ones; nothing else on the device does it. */
  private static final String EXTENDED =
      "exec 3<>/dev/tpmrm0; printf '"
          + "\\200\\002\\000\\000\\000\\101\\000\\000\\001\\202\\000\\000\\000\\007"
          + "\\000\\000\\000\\011\\100\\000\\000\\011\\000\\000\\000\\000\\000"
          + "\\000\\000\\000\\001\\000\\013"
          + "\\001".repeat(32)
          + "' | dd of=/dev/fd/3 bs=65 iflag=fullblock status=none; dd bs=4096 count=1 status=none <&3 >/dev/null";

  private static final String PCR = "cat /sys/class/tpm/tpm0/pcr-sha256/7";

  @Test
  void aDiskAloneIsNoIdentity(@KubernetesApi ApiServer api, @TempDir Path folder) throws Exception {
    Path libraries = Files.createDirectories(folder.resolve("lib"));
    List<String> java = EmulatedClasses.prepare(libraries, LIBRARIES);
    try (var stage = new EnrolStage(api);
        EmulatedDevice device =
            EmulatedDevice.of(Suite.TRIXIE)
                .withJava()
                .tpm()
                .network()
                .share(libraries, LIBRARIES)
                .boot()) {
      new Pump(stage, stage.namespace(), device, java, folder).lives();
    }
  }

  /** The device, as a member of the fleet. */
  private record Pump(
      EnrolStage stage, String namespace, EmulatedDevice device, List<String> java, Path folder) {

    void lives() throws Exception {
      reach(stage.server().toString().replaceFirst(".*:", ""));
      device.write("/etc/systemd/system/sandbard.service", unit());

      plain();
      device.write("/usr/lib/systemd/system/" + UNIT, Files.readString(PACKAGING.resolve(UNIT)));
      sh("systemctl daemon-reload");
      start();
      awaitConnected();
      assertEncrypted();

      String before = sh(PCR);
      sh(EXTENDED);
      assertThat(sh(PCR)).as("PCR 7").isNotEqualTo(before);
      sh("systemctl stop sandbard.service; rm -f /run/sandbar/status.json");
      start();
      awaitConnected();

      device.reboot();
      assertThat(sh("ls /run")).doesNotContain("sandbard-tpm2");
      start();
      awaitConnected();
      assertEncrypted();

      withAnotherTpm();
    }

    /** The shipped one, in whose sandbox there is no TPM2. */
    private String unit() throws IOException {
      return Files.readString(PACKAGING.resolve("sandbard.service"))
          .replace("/usr/share/sandbar/sandbar agent", String.join(" ", java) + " agent")
          .replace("WatchdogSec=5min", "WatchdogSec=1h");
    }

    /** As an earlier release left it; to enrol in emulation takes longer than a server waits. */
    private void plain() throws Exception {
      Path root = Files.createDirectories(folder.resolve("enrolled"));
      stage.enrolled(root, namespace, NAME).close();
      for (String file : List.of("key.pem", "client.pem", "ca.pem", "server.json")) {
        device.write(IDENTITY + file, Files.readString(root.resolve(IDENTITY.substring(1) + file)));
      }
      sh("chmod 700 %1$s; chmod 600 %1$s*".formatted(IDENTITY));
      device.write(
          "/etc/sandbar/agent.yaml",
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AgentConfig
          fleet: {server: "%s", namespace: %s, device: %s}
          """
              .formatted(stage.server(), namespace, NAME));
      assertThat(sh("grep -rl 'PRIVATE KEY' " + STATE)).contains("key.pem", "client.pem");
    }

    private void withAnotherTpm() throws Exception {
      String files = sh("sha256sum %skey.pem %1$sclient.pem".formatted(IDENTITY));
      sh("sync");
      device.powerCut();
      device.replaceTpm();
      device.boot();
      start();
      awaitStatus("\"connected\":false", "cleared or replaced", "delete device " + NAME);
      assertThat(sh("sha256sum %skey.pem %1$sclient.pem".formatted(IDENTITY))).isEqualTo(files);

      stage.kubectl("delete", "device", NAME, "-n", namespace);
      String token = IDENTITY + "bootstrap-token";
      device.write(token, stage.token(namespace, true));
      sh("chmod 600 " + token);
      awaitConnected();
      assertEncrypted();
      assertThat(sh("ls " + IDENTITY)).doesNotContain("bootstrap-token").doesNotContain("new");
      assertThat(sh("systemctl show -P NRestarts sandbard.service")).isEqualTo("0");
    }

    /** The port of this machine is at the same address in the device. */
    private void reach(String port) {
      device.write(
          "/etc/systemd/system/card.service",
          """
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/sbin/modprobe virtio_net
        ExecStart=/bin/sh -c 'card=$$(ls /sys/bus/virtio/drivers/virtio_net/virtio*/net | head -n 1); busybox ip address add 10.0.2.15/24 dev "$$card"; busybox ip link set "$$card" up'
        [Install]
        WantedBy=multi-user.target
        """);
      device.write(
          "/etc/systemd/system/api.socket",
          """
        [Socket]
        ListenStream=127.0.0.1:%s
        [Install]
        WantedBy=sockets.target
        """
              .formatted(port));
      device.write(
          "/etc/systemd/system/api.service",
          """
        [Unit]
        After=card.service
        Wants=card.service
        [Service]
        ExecStart=/usr/lib/systemd/systemd-socket-proxyd 10.0.2.2:%s
        """
              .formatted(port));
      sh("systemctl daemon-reload; systemctl enable --now card.service api.socket");
    }

    private void start() {
      device.exec(SOON, "systemctl", "start", "sandbard.service").orThrow();
    }

    private void awaitConnected() {
      awaitStatus("\"connected\":true", "\"identityKey\":\"TPM2\"");
    }

    private void awaitStatus(String... texts) {
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofSeconds(5))
          .untilAsserted(
              () ->
                  assertThat(sh("cat /run/sandbar/status.json || true"))
                      .as(journal())
                      .contains(texts));
    }

    private String journal() {
      return sh("journalctl --no-pager -b -n 60 -o cat");
    }

    private void assertEncrypted() {
      assertThat(
              sh("grep -rlE 'PRIVATE KEY' %s /etc/sandbar /run/sandbar* || true".formatted(STATE)))
          .isEmpty();
      assertThat(sh("cat %sclient.pem".formatted(IDENTITY)))
          .startsWith("-----BEGIN SANDBAR TPM2 KEY-----");
    }

    private String sh(String script) {
      return device.exec(SOON, "sh", "-ec", script).orThrow().strip();
    }
  }
}
