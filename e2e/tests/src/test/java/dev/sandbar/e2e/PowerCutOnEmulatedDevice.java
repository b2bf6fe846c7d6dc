package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.AgeRecipient;
import dev.sandbar.source.age.SealedText;
import dev.sandbar.vdev.EmulatedDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a disk and a TPM keep when the power fails. */
final class PowerCutOnEmulatedDevice {

  private static final String STORE = "/var/lib/sandbar/secrets";

  /** Of a credential for the key of the host alone (systemd, src/shared/creds-util.h). */
  private static final String HOST_ALONE = "5a1c6a86df9d4096b1d5a65e0862f19a";

  private static final String VERSION =
      "run: {command: [/bin/sh, -c, 'echo VERSION %d; exec sleep infinity']}, files: [{path: /run/version, content: \"%d\"}]";

  private final EmulatedAgent agent;
  private final EmulatedDevice device;

  PowerCutOnEmulatedDevice(EmulatedAgent agent) {
    this.agent = agent;
    this.device = agent.device();
  }

  void run() throws Exception {
    agent.run("worker", VERSION.formatted(1, 1));
    keepsASecret("correct-horse-battery-1");
    for (String file : List.of(SecretKeyFile.PATH, STORE + "/*.mqtt")) {
      assertThat(keyType(file)).as(file + " is bound to the TPM too").isNotEqualTo(HOST_ALONE);
    }
    whileAVersionIsApplied();
    withAnotherTpm();
    agent.remove("secretive");
    agent.remove("worker");
  }

  private void keepsASecret(String secret) throws Exception {
    try (AgeKey stranger = AgeKey.generate()) {
      agent.repository().commit("secretive.yaml", sealed(secret, stranger.recipient()));
    }
    agent.repository().commit("secretive.yaml", sealed(secret, recipient()));
    Apps.awaitApplied(agent, agent.repository(), "secretive");
  }

  private AgeRecipient recipient() throws AgeException {
    var recipient = Pattern.compile("whose recipient is (age1[a-z0-9]+)");
    String why =
        await()
            .atMost(EmulatedAgent.SOON)
            .until(() -> agent.why("secretive", "Ready"), recipient.asPredicate()::test);
    Matcher found = recipient.matcher(why);
    assertThat(found.find()).isTrue();
    return AgeRecipient.of(found.group(1));
  }

  private static String sealed(String secret, AgeRecipient to) throws Exception {
    return Apps.manifest(
        "secretive",
        "run: {command: [/bin/sh, -c, 'cat $CREDENTIALS_DIRECTORY/mqtt | wc -c; exec sleep infinity']}, secrets: [{name: mqtt, sealed: \"%s\"}]"
            .formatted(
                SealedText.seal(secret.getBytes(StandardCharsets.US_ASCII), List.of(to))
                    .replace("\n", "\\n")));
  }

  private String keyType(String file) {
    byte[] credential = Base64.getMimeDecoder().decode(sh("cat " + file));
    return HexFormat.of().formatHex(Arrays.copyOf(credential, 16));
  }

  /** The agent is not started by the boot: what runs is what the disk held. */
  private void whileAVersionIsApplied() throws IOException {
    agent.repository().commit("worker.yaml", Apps.manifest("worker", VERSION.formatted(2, 2)));
    await()
        .atMost(EmulatedAgent.SOON)
        .until(() -> device.exec("grep", "-q", "VERSION 2", Apps.file("worker")).ok());
    device.powerCut();
    device.boot();
    for (String app : List.of("worker", "secretive", "sleeper")) {
      awaitState(app, "active");
    }
    assertThat(sh("systemctl is-active sandbard.service || true")).isEqualTo("inactive");
    String said =
        sh("journalctl -b -o cat -u %s SYSLOG_IDENTIFIER=worker".formatted(Apps.unit("worker")));
    assertThat(said).isIn("VERSION 1", "VERSION 2");
    assertThat(
            "VERSION " + sh("cat /proc/%s/root/run/version".formatted(Apps.pid(device, "worker"))))
        .as("of one version")
        .isEqualTo(said);
    agent.startService();
    Apps.awaitApplied(agent, agent.repository(), "worker");
    Apps.awaitReady(agent, "secretive");
    Apps.awaitNoDrift(agent, "worker");
    assertThat(sh("cat " + Apps.file("worker"))).contains("VERSION 2");
  }

  private void withAnotherTpm() throws Exception {
    device.powerCut();
    device.replaceTpm();
    device.boot();
    awaitState("worker", "active");
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () ->
                assertThat(Apps.show(device, "secretive", "ExecMainStatus"))
                    .as("not decrypted")
                    .isEqualTo("243"));
    assertThat(Apps.state(device, "secretive")).isNotEqualTo("active");
    agent.startService();
    Apps.awaitApplied(agent, agent.repository(), "worker");
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () ->
                assertThat(agent.why("secretive", "Ready"))
                    .contains("TPM2")
                    .contains(STORE)
                    .contains(SecretKeyFile.PATH));
    sh("rm -r %s %s".formatted(STORE, SecretKeyFile.PATH));
    keepsASecret("correct-horse-battery-2");
    awaitState("secretive", "active");
  }

  private void awaitState(String app, String state) {
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(() -> assertThat(Apps.state(device, app)).as(app).isEqualTo(state));
  }

  private String sh(String script) {
    return device.exec(EmulatedAgent.SOON, "sh", "-ec", script).orThrow();
  }
}
