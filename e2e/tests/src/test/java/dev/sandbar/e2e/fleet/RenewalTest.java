package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.identity.EnrolRequest;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.identity.IdentityKind;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials that run out, clocks that are wrong. */
class RenewalTest extends OnEnrolStage {
  private static final String FILES = "var/lib/sandbar/identity";
  private static final String ID = "authentication.kubernetes.io/credential-id";

  /** The device's clock, this far ahead of the machine's. */
  private static InstantSource ahead(Duration difference) {
    return () -> Instant.now().plus(difference);
  }

  private static X509Certificate certificate(Path root) throws Exception {
    return Pem.certificates(Files.readString(root.resolve(FILES + "/client.pem"))).getFirst();
  }

  @Test
  void aThirdBeforeTheEndTheDeviceRenewsWithANewKeyAndTheConnectionTakesIt(@TempDir Path root)
      throws Exception {
    String ns = stage.namespace();
    stage.enrolled(root, ns, "pump-1").close();
    X509Certificate first = certificate(root);

    try (Identity early = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(19)))) {
      assertThat(early.refresh()).isLessThanOrEqualTo(Duration.ofHours(1));
      assertThat(certificate(root)).isEqualTo(first);
      assertThat(early.state().problem()).isEmpty();
    }
    try (Identity late = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(21)))) {
      // It asks for the second certificate over a connection that the first one opened.
      late.refresh();
      X509Certificate second = certificate(root);
      assertThat(late.state().problem()).isEmpty();
      assertThat(second.getPublicKey()).isNotEqualTo(first.getPublicKey());
      assertThat(second.getSubjectX500Principal()).isEqualTo(first.getSubjectX500Principal());
      assertThat(root.resolve(FILES + "/renewal.pem")).doesNotExist();
      assertThat(credential(late)).as("the same client, by the new one").isEqualTo(id(second));
      assertThat(late.api().get(late.member().devicePath())).isInstanceOf(ApiAnswer.Success.class);
    }
  }

  /** By which credential the server knows this device. */
  private static String credential(Identity device) {
    ApiAnswer answer =
        device
            .api()
            .post(
                "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                Json.object("apiVersion", "authentication.k8s.io/v1", "kind", "SelfSubjectReview"));
    if (!(answer instanceof ApiAnswer.Success success)) {
      throw new AssertionError(answer.toString());
    }
    return Json.items(success.body(), "status", "userInfo", "extra", ID).stream()
        .map(it -> Json.text(it).orElse(""))
        .findFirst()
        .orElse("");
  }

  private static String id(X509Certificate certificate) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
    return "X509SHA256=" + HexFormat.of().formatHex(digest);
  }

  @Test
  void aRenewalThatWasCutShortGoesOnWithTheSameRequest(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    stage.enrolled(root, ns, "pump-1").close();
    X509Certificate first = certificate(root);
    stage.api().stopControllerManager();
    try (Identity cut = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(21)))) {
      Thread crashing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      cut.refresh();
                    } catch (InterruptedException e) {
                      // As if the agent had been killed between asking and getting.
                    }
                  });
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> requests(ns) == 2 && root.resolve(FILES + "/renewal.pem").toFile().exists());
      crashing.interrupt();
      crashing.join();
    } finally {
      stage.api().startControllerManager();
    }
    assertThat(certificate(root)).isEqualTo(first);

    try (Identity resumed = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(21)))) {
      resumed.refresh();
      assertThat(resumed.state().problem()).isEmpty();
    }
    assertThat(certificate(root)).isNotEqualTo(first);
    assertThat(requests(ns)).isEqualTo(2);
  }

  private static long requests(String ns) {
    return stage
        .kubectl("get", "csr", "-o", "name")
        .lines()
        .filter(line -> line.contains(ns))
        .count();
  }

  @Test
  void aClockThatIsADayOrAMonthOffStopsNothing(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    stage.enrolled(root, ns, "pump-1").close();

    for (Duration off : new Duration[] {Duration.ofDays(-1), Duration.ofDays(1)}) {
      try (Identity device = stage.load(root, ns, "pump-1", ahead(off))) {
        device.refresh();
        assertThat(device.api().get(device.member().devicePath()))
            .as("clock off by " + off)
            .isInstanceOf(ApiAnswer.Success.class);
        device.refresh();
        assertThat(device.state().problem()).as("the server's clock is believed").isEmpty();
      }
    }
    try (Identity device = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(40)))) {
      device.refresh();
      assertThat(device.state().problem()).as("what the server still accepts is renewed").isEmpty();
    }
  }

  @Test
  void anExpiredDeviceIsLetInAgainWithATokenAndItsFirstKey(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    stage.enrolled(root, ns, "pump-1").close();
    try (Identity device = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(21)))) {
      device.refresh();
    }
    stage.kubectl("delete", "csr", "--all");
    Files.writeString(root.resolve(FILES + "/client.pem"), stage.expired(ns, "pump-1"));

    try (Identity device = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(2)))) {
      device.refresh();
      assertThat(device.state().problem())
          .contains("expired", "apps run on", "bootstrap-token", "clock is 2 days ahead");

      // Whoever has a token knows its first key, and once knew the name of its request by it.
      String spki =
          stage.kubectl(
              "get", "device", "pump-1", "-n", ns, "-o", "jsonpath={.spec.identity.publicKey}");
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(java.util.Base64.getDecoder().decode(spki));
      String squatted = "sandbar-" + ns + "-pump-1-" + HexFormat.of().formatHex(digest, 0, 5);
      try (var thief = stage.thief(stage.token(ns, true))) {
        String text = Forgery.pem(ns, "pump-1", stage.uid(ns, "pump-1"), Forgery.key());
        assertThat(Forgery.of(squatted, text).send(thief)).isInstanceOf(ApiAnswer.Success.class);
      }
      stage.kubectl("wait", "--for=condition=Denied", "--timeout=30s", "csr/" + squatted);

      Path token = root.resolve(FILES + "/bootstrap-token");
      Files.writeString(token, stage.token(ns, true));
      Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
      device.refresh();
      assertThat(device.state().problem()).isEmpty();
      assertThat(token).doesNotExist();
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(device.api().get(device.member().devicePath()))
                      .isInstanceOf(ApiAnswer.Success.class));
    }
  }

  @Test
  void whereNoCertificatesAreSignedTokensDoTheSame(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    EnrolRequest request =
        stage.request(ns, "pump-1", Duration.ofSeconds(90), IdentityKind.SERVICE_ACCOUNT);
    String token = stage.token(ns, false);
    var enrolling =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return EnrolStage.enrol(root, request, token);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .until(() -> stage.tried("get", "device", "pump-1", "-n", ns).ok());
    assertThat(stage.tried("get", "serviceaccount", "sandbar-device-pump-1", "-n", ns).ok())
        .as("nothing before consent")
        .isFalse();
    stage.kubectl(
        "patch",
        "device",
        "pump-1",
        "-n",
        ns,
        "--type=merge",
        "-p",
        "{\"spec\":{\"approved\":true}}");

    assertThat(enrolling.get()).isInstanceOf(EnrolOutcome.Enrolled.class);
    String first = Files.readString(root.resolve(FILES + "/token"));
    assertThat(stage.kubectl("get", "device", "pump-1", "-n", ns, "-o", "yaml"))
        .doesNotContain(first);
    try (Identity device = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(21)))) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(device.api().get(device.member().devicePath()))
                      .isInstanceOf(ApiAnswer.Success.class));
    }
    try (Identity device = stage.load(root, ns, "pump-1", ahead(Duration.ofDays(21)))) {
      device.refresh();
      assertThat(device.state().problem()).isEmpty();
      assertThat(Files.readString(root.resolve(FILES + "/token"))).isNotEqualTo(first);
      assertThat(device.api().get("/api/v1/namespaces/" + ns + "/secrets"))
          .isInstanceOf(ApiAnswer.Forbidden.class);
      stage.kubectl("delete", "device", "pump-1", "-n", ns);
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(device.api().get(device.member().devicePath()))
                      .isInstanceOf(ApiAnswer.Unauthorized.class));
    }
  }
}
