package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.identity.EnrolRequest;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.store.TpmKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Devices whose certificate is valid, and whom their cluster does not accept any more. */
class RefusedIdentityTest extends OnEnrolStage {
  private static final String FILES = "var/lib/sandbar/identity";
  private static final Duration LONG = Duration.ofMinutes(2);

  @Test
  void enrollingAgainAfterTheDeviceWasDeletedMakesItAMemberAgain(@TempDir Path root)
      throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      String before = stage.uid(ns, "pump-1");
      deleted(device, ns);

      EnrolOutcome outcome =
          EnrolStage.enrol(root, stage.request(ns, "pump-1", LONG), stage.token(ns, true));

      assertThat(outcome).isInstanceOf(EnrolOutcome.Enrolled.class);
      assertThat(stage.uid(ns, "pump-1")).isNotEqualTo(before);
      accepted(device);

      // From a backup of the objects it comes back with its key and another UID.
      String backup = stage.kubectl("get", "device", "pump-1", "-n", ns, "-o", "yaml");
      deleted(device, ns);
      stage
          .api()
          .kubectl()
          .apply(backup.replaceAll("(?m)^  (resourceVersion|uid|creationTimestamp):.*\\n", ""))
          .orThrow();
      assertThat(EnrolStage.enrol(root, stage.request(ns, "pump-1", LONG), stage.token(ns, true)))
          .isInstanceOf(EnrolOutcome.Enrolled.class);
      accepted(device);
    }
  }

  @Test
  void aNewClusterTakesADeviceOver(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (ApiServer old = ApiServer.start();
        EnrolStage before = new EnrolStage(old)) {
      before.api().kubectl("create", "namespace", ns).orThrow();
      before.rights(ns);
      before.enrolled(root, ns, "pump-1").close();

      EnrolRequest request = stage.request(ns, "pump-1", LONG);
      assertThat(EnrolStage.enrol(root, request, stage.token(ns, true)))
          .as("at another address the owner has to say so")
          .isInstanceOfSatisfying(
              EnrolOutcome.Refused.class, it -> assertThat(it.help()).contains("--replace"));
      Path other = Files.createDirectories(root.resolve("other"));
      copy(root, other);
      assertThat(EnrolStage.enrol(other, replacing(request), stage.token(ns, true)))
          .isInstanceOf(EnrolOutcome.Enrolled.class);
      stage.kubectl("delete", "device", "pump-1", "-n", ns);

      // At the address of the old one, to which the certificate of another authority says nothing.
      Path membership = root.resolve(FILES + "/server.json");
      Files.writeString(
          membership, Files.readString(membership).replace(old.url(), stage.api().url()));
      assertThat(EnrolStage.enrol(root, request, stage.token(ns, true)))
          .isInstanceOf(EnrolOutcome.Enrolled.class);
      try (Identity device = stage.load(root, ns, "pump-1", InstantSource.system())) {
        accepted(device);
      }
    }
  }

  /** The store of the cluster is put back as it was before the device was let in. */
  @Test
  void aDeviceThatEnrolledAfterTheBackupReturnsByItsBootstrapToken(
      @TempDir Path root, @TempDir Path store) throws Exception {
    String ns = "restored";
    try (ApiServer api = ApiServer.start()) {
      String kept;
      String lost;
      try (EnrolStage before = new EnrolStage(api)) {
        api.kubectl("create", "namespace", ns).orThrow();
        before.rights(ns);
        kept = before.token(ns, true);
        api.backUp(store.resolve("backup"));
        lost = before.token(ns, true);
        assertThat(EnrolStage.enrol(root, before.request(ns, "pump-1", LONG), lost))
            .isInstanceOf(EnrolOutcome.Enrolled.class);
        try (Identity device = before.load(root, ns, "pump-1", InstantSource.system())) {
          accepted(device);
        }
      }
      api.restore(store.resolve("backup"));
      // Whoever follows a cluster begins again when it is older than it was; an operator does so.
      api.stopControllerManager();
      api.startControllerManager();
      try (EnrolStage own = new EnrolStage(api);
          Identity device = own.load(root, ns, "pump-1", InstantSource.system())) {
        returns(device, root.resolve(FILES + "/bootstrap-token"), lost, kept);
        assertThat(own.uid(ns, "pump-1")).isNotEmpty();
      }
    }
  }

  private void returns(Identity device, Path token, String lost, String kept) throws Exception {
    answered(device, ApiAnswer.Forbidden.class);
    device.suspect();
    refreshedUntilBelieved(device);
    assertThat(device.state().problem())
        .contains("refuses this device", "Apps keep running", "bootstrap-token", "HTTP 403");

    token(token, lost);
    device.refresh();
    assertThat(device.state().problem())
        .as("the store has forgotten that token too")
        .contains("the server does not know the token", "token create");

    token(token, kept);
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              device.refresh();
              assertThat(device.state().problem()).isEmpty();
            });
    accepted(device);
  }

  private static void token(Path file, String token) throws IOException {
    Files.writeString(file, token);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static EnrolRequest replacing(EnrolRequest request) {
    return new EnrolRequest(
        request.server(),
        request.authorities(),
        request.member(),
        request.kind(),
        request.labels(),
        request.life(),
        request.timeout(),
        true);
  }

  private static void copy(Path from, Path to) throws Exception {
    Path folder = Files.createDirectories(to.resolve(FILES));
    for (String file : new String[] {"key.pem", "client.pem", "ca.pem", "server.json"}) {
      Files.copy(from.resolve(FILES).resolve(file), folder.resolve(file));
    }
  }

  @Test
  void aFailedAttemptToEnrolAgainLeavesEveryFileAsItIs(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    EnrolRequest request = stage.request(ns, "pump-1", Duration.ofSeconds(2));
    try (Identity device = stage.enrolled(root, ns, "pump-1");
        ApiServer stranger = ApiServer.start()) {
      String before = contents(root);
      EnrolOutcome untrusted =
          EnrolStage.enrol(
              root,
              new EnrolRequest(
                  request.server(),
                  stranger.caPem(),
                  request.member(),
                  request.kind(),
                  request.labels(),
                  request.life(),
                  request.timeout(),
                  false),
              stage.token(ns, true));
      assertThat(untrusted)
          .isInstanceOfSatisfying(
              EnrolOutcome.Refused.class,
              it -> assertThat(it.message()).contains("is not known", "unknown authority"));
      assertThat(contents(root)).isEqualTo(before);

      deleted(device, ns);
      assertThat(EnrolStage.enrol(root, request, stage.token(ns, false)))
          .isInstanceOf(EnrolOutcome.StillWaiting.class);
      assertThat(contents(root)).isEqualTo(before);
    }
  }

  @Test
  void aRefusedDeviceSaysSoAndReturnsByItsBootstrapToken(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      deleted(device, ns);
      device.refresh();
      assertThat(device.state().problem()).as("nobody has been refused yet").isEmpty();

      device.suspect();
      device.refresh();
      assertThat(device.state().problem()).as("rights are missing for seconds").isEmpty();
      refreshedUntilBelieved(device);
      assertThat(device.state().problem())
          .contains("refuses this device", "Apps keep running", "bootstrap-token", "HTTP 403");

      String certificate = Files.readString(root.resolve(FILES + "/client.pem"));
      Path token = root.resolve(FILES + "/bootstrap-token");
      token(token, stage.token(ns, false));
      device.refresh();
      assertThat(device.state().problem())
          .as("the owner decides")
          .contains("waits to be approved again: sandbar fleet approve pump-1 -n " + ns + " --key");
      assertThat(Files.readString(root.resolve(FILES + "/client.pem"))).isEqualTo(certificate);

      stage.kubectl("certificate", "approve", stage.pending(ns, "pump-1"));
      device.refresh();
      assertThat(device.state().problem()).isEmpty();
      assertThat(token).doesNotExist();
      accepted(device);
      device.refresh();
      assertThat(device.state().problem()).isEmpty();
    }
    try (Identity device =
        stage.load(
            root, ns, "pump-1", () -> InstantSource.system().instant().plus(Duration.ofDays(21)))) {
      device.refresh();
      assertThat(device.state().problem()).as("it is renewed as the new Device").isEmpty();
    }
  }

  @Test
  void aDeviceThatOnlyLostItsRightsKeepsItsIdentityAndItsToken(@TempDir Path root)
      throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      accepted(device);
      String before = contents(root);
      String binding =
          stage.kubectl("get", "rolebinding", "sandbar-device-pump-1", "-n", ns, "-o", "yaml");
      stage.kubectl("delete", "rolebinding", "sandbar-device-pump-1", "-n", ns);
      answered(device, ApiAnswer.Forbidden.class);
      Path token = root.resolve(FILES + "/bootstrap-token");
      token(token, stage.token(ns, true));
      device.suspect();
      refreshedUntilBelieved(device);

      assertThat(device.state().problem())
          .contains("has lost its rights", "sandbar fleet suspend pump-1");
      assertThat(token).exists();
      Files.delete(token);
      assertThat(contents(root)).isEqualTo(before);

      stage
          .api()
          .kubectl()
          .apply(binding.replaceAll("(?m)^  (resourceVersion|uid):.*\n", ""))
          .orThrow();
      accepted(device);
      device.refresh();
      assertThat(device.state().problem()).as("it was accepted again").isEmpty();
    }
  }

  /** As the TPM2 of a device does, it forgets with a clearance what it encrypted before. */
  private static final class ClearableTpm implements TpmKeys {
    private final Map<String, byte[]> keys = new HashMap<>();

    @Override
    public boolean present() {
      return true;
    }

    @Override
    public byte[] make() {
      String name = UUID.randomUUID().toString();
      keys.put(name, UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII));
      return name.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] open(byte[] encrypted) throws IOException {
      byte[] key = keys.get(new String(encrypted, StandardCharsets.US_ASCII));
      if (key == null) {
        throw new IOException("not of this TPM");
      }
      return key.clone();
    }
  }

  @Test
  void aDeviceWhoseTpmWasClearedSaysSoAndReturnsWithANewKey(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    var tpm = new ClearableTpm();
    EnrolRequest request = stage.request(ns, "pump-1", LONG);
    assertThat(EnrolStage.enrol(root, tpm, request, stage.token(ns, true), new ArrayList<>()))
        .isInstanceOf(EnrolOutcome.Enrolled.class);
    assertThat(contents(root)).doesNotContain("PRIVATE KEY");
    try (Identity device = stage.load(root, tpm, ns, "pump-1", InstantSource.system())) {
      accepted(device);
      device.refresh();
      assertThat(device.isEncrypted()).isTrue();
    }
    String before = contents(root);
    tpm.keys.clear();

    try (Identity device = stage.load(root, tpm, ns, "pump-1", InstantSource.system())) {
      Path token = root.resolve(FILES + "/bootstrap-token");
      token(token, stage.token(ns, true));
      device.refresh();
      assertThat(device.state().problem())
          .contains("cleared or replaced", "not of this TPM", "Apps keep running")
          .contains("kubectl -n " + ns + " delete device pump-1", "sandbar enrol");
      assertThat(device.api().get(device.member().devicePath()))
          .isInstanceOfSatisfying(
              ApiAnswer.Unreachable.class,
              it -> assertThat(it.message()).contains("client.pem", "cleared or replaced"));
      refreshedUntilBelieved(device);
      assertThat(device.state().problem())
          .contains("a Device", "with another key", "delete device");
      assertThat(contents(root)).as("it may come back").isEqualTo(before);

      stage.kubectl("delete", "device", "pump-1", "-n", ns);
      device.refresh();
      assertThat(device.state().problem()).isEmpty();
      assertThat(token).doesNotExist();
      accepted(device);
      assertThat(contents(root)).doesNotContain("PRIVATE KEY");
    }

    // Somebody with a shell does not wait for the agent to be sure.
    tpm.keys.clear();
    stage.kubectl("delete", "device", "pump-1", "-n", ns);
    var said = new ArrayList<String>();
    assertThat(EnrolStage.enrol(root, tpm, request, stage.token(ns, true), said))
        .isInstanceOf(EnrolOutcome.Enrolled.class);
    assertThat(said.getFirst())
        .contains("cleared or replaced", "enrolling this device with a new key");
  }

  private static void refreshedUntilBelieved(Identity device) throws InterruptedException {
    for (int minute = 0; minute < 5; minute++) {
      device.refresh();
    }
  }

  private static void deleted(Identity device, String ns) {
    stage.kubectl("delete", "device", "pump-1", "-n", ns);
    answered(device, ApiAnswer.Forbidden.class);
  }

  private static void accepted(Identity device) {
    answered(device, ApiAnswer.Success.class);
  }

  private static void answered(Identity device, Class<? extends ApiAnswer> answer) {
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(device.api().get(device.member().devicePath())).isInstanceOf(answer));
  }

  /** What the agent uses; the rest is of an enrolment under way. */
  private static String contents(Path root) throws Exception {
    var text = new StringBuilder();
    for (String file : new String[] {"key.pem", "client.pem", "ca.pem", "server.json"}) {
      text.append(Files.readString(root.resolve(FILES).resolve(file)));
    }
    return text.toString();
  }
}
