package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who has stolen a token, even one that needs no owner, gets with it. */
class ForgedRequestTest {
  private static EnrolStage stage;

  @TempDir private Path folder;

  @BeforeAll
  static void begin(@KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api)
      throws Exception {
    stage = new EnrolStage(api);
    // What the operator decides by itself, where the API server lets everything in.
    stage.kubectl("delete", "validatingadmissionpolicybinding", "device-requests.sandbar.dev");
    String ns = stage.namespace();
    try (KubeApi thief = stage.thief(stage.token(ns, false))) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(
              () ->
                  Forgery.of("x" + Forgery.name(ns, "x"), Forgery.pem("CN=x", Forgery.key()))
                          .send(thief)
                      instanceof ApiAnswer.Success);
    }
  }

  @AfterAll
  static void end() {
    stage.close();
  }

  @Test
  void requestsThatBreakARuleAreDeniedWithTheReason(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    stage.enrolled(root, ns, "pump-1").close();
    String uid = stage.uid(ns, "pump-1");
    String subject =
        "CN=sandbar:device:" + ns + ":pump-1, O=sandbar:devices, O=sandbar:device:uid:" + uid;
    KeyPair key = Forgery.key();
    String right = Forgery.pem(ns, "pump-1", uid, key);
    String name = Forgery.name(ns, "pump-1");
    try (KubeApi thief = stage.thief(stage.token(ns, true))) {
      assertDenied(thief, Forgery.of(name + "1", right), "key is not the one");
      assertDenied(
          thief,
          Forgery.of(name + "2", Forgery.pem(subject + ", O=system:nodes", key)),
          "subject is not");
      assertDenied(
          thief, Forgery.of(name + "3", Forgery.pem("CN=kubernetes-admin", key)), "subject is not");
      assertDenied(
          thief, Forgery.of(name + "4", Forgery.pem(subject + ", OU=x", key)), "subject is not");
      assertDenied(
          thief,
          Forgery.of(Forgery.name(ns, "pump-9"), Forgery.pem(ns, "pump-9", uid, key)),
          "no Device");
      assertDenied(
          thief,
          Forgery.of(name + "5", right)
              .with(List.of("client auth", "digital signature", "key encipherment")),
          "usages");
      assertDenied(thief, Forgery.of("x" + name, right), "name must be");
      assertDenied(thief, Forgery.of(name + "6", right).lasting(31_536_000), "expirationSeconds");
      assertDenied(thief, Forgery.of(name + "7", openssl(subject)), "other attributes");
      assertDenied(
          thief, Forgery.of(name + "8", right + "\n".repeat(8_000)), "more than 4096 bytes");
      assertDenied(
          thief, Forgery.of("large" + name, right + "x".repeat(500_000)), "more than 4096 bytes");
    }
  }

  /**
   * The operator read one block of PEM and the signer another: every Secret of the cluster was the
   * device's.
   */
  @Test
  void aRenewalIsNothingButARenewalToEveryReader(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      KeyPair key = Forgery.key();
      String honest = Forgery.pem(ns, "pump-1", stage.uid(ns, "pump-1"), key);
      String evil = Forgery.pem("CN=system:kube-controller-manager", key);
      for (String attack :
          List.of(
              honest.stripTrailing() + "junk\n" + evil,
              honest.replace("\n", "\r") + "\n" + evil,
              honest + evil)) {
        Forgery forgery = Forgery.of(Forgery.name(ns, "pump-1"), attack);
        assertDenied(device.api(), forgery, "exactly one PEM block");
        // It is shown to the device, which cannot read the request.
        Awaitility.await()
            .atMost(Duration.ofMinutes(4))
            .untilAsserted(
                () ->
                    assertThat(answer(device, "request") + answer(device, "denied"))
                        .contains(forgery.name(), "exactly one PEM block"));
      }
    }
  }

  /** Something of the cluster keeps it for a while yet. */
  @Test
  void aDeviceThatIsBeingDeletedIsNone(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      String request = Forgery.pem(ns, "pump-1", stage.uid(ns, "pump-1"), Forgery.key());
      finalizers(ns, "[\"example.com/keep\"]");
      stage.kubectl("delete", "device", "pump-1", "-n", ns, "--wait=false");
      assertDenied(
          device.api(), Forgery.of(Forgery.name(ns, "pump-1"), request), "There is no Device");
      finalizers(ns, "null");
    }
  }

  private static void finalizers(String ns, String value) {
    stage.kubectl(
        "patch",
        "device",
        "pump-1",
        "-n",
        ns,
        "--type=merge",
        "-p",
        "{\"metadata\": {\"finalizers\": %s}}".formatted(value));
  }

  private static String answer(Identity device, String field) {
    return device.api().get(device.member().devicePath()) instanceof ApiAnswer.Success success
        ? success.text("status", "certificate", field).orElse("")
        : "";
  }

  @Test
  void whatIsNotAboutDevicesIsLeftAlone() throws Exception {
    String ns = stage.namespace();
    String other = ns + "-other";
    try (KubeApi admin = admin();
        KubeApi thief = stage.thief(stage.token(ns, true))) {
      Forgery theirs = Forgery.of(other, Forgery.pem("CN=system:x, O=something", Forgery.key()));
      assertThat(theirs.with(List.of("client auth")).send(admin))
          .isInstanceOf(ApiAnswer.Success.class);
      // Later ones that are decided prove that the other one has been seen.
      assertDenied(
          admin,
          Forgery.of(ns + "-ours", Forgery.pem("CN=sandbar:x", Forgery.key())),
          "subject is not");
      assertDenied(
          thief,
          Forgery.of(ns + "-thief", Forgery.pem("CN=elsewhere", Forgery.key())),
          "subject is not");
      assertThat(conditions(other)).isEmpty();
    }
  }

  @Test
  void consentThatCameWithTheDeviceIsNone() throws Exception {
    String ns = stage.namespace();
    try (KubeApi thief = stage.thief(stage.token(ns, true))) {
      ApiAnswer made =
          thief.post(
              "/apis/sandbar.dev/v1alpha1/namespaces/" + ns + "/devices",
              Json.object(
                  "apiVersion",
                  "sandbar.dev/v1alpha1",
                  "kind",
                  "Device",
                  "metadata",
                  Json.object("name", "pump-1"),
                  "spec",
                  Json.object(
                      "approved",
                      true,
                      "identity",
                      Json.object("type", "ServiceAccount", "publicKey", "A".repeat(64)))));
      if (made instanceof ApiAnswer.Success) {
        var device =
            stage
                .client()
                .resources(dev.sandbar.crds.v1alpha1.Device.class)
                .inNamespace(ns)
                .withName("pump-1")
                .get();
        stage.operator().deviceSeen(device);
        // Work is done in order: once a later Device has its rights, this one would have had them.
        EnrolOutcome later =
            EnrolStage.enrol(
                folder, stage.request(ns, "pump-2", Duration.ofSeconds(60)), stage.token(ns, true));
        assertThat(later).isInstanceOf(EnrolOutcome.Enrolled.class);
      }
      assertThat(stage.tried("get", "serviceaccount", "sandbar-device-pump-1", "-n", ns).ok())
          .isFalse();
      assertThat(stage.tried("get", "role", "sandbar-device-pump-1", "-n", ns).ok()).isFalse();
    }
  }

  private static KubeApi admin() {
    String token = stage.kubectl("create", "token", "default", "-n", "default", "--duration=1h");
    stage.tried(
        "create",
        "clusterrolebinding",
        "asking",
        "--clusterrole=cluster-admin",
        "--serviceaccount=default:default");
    return stage.thief(token);
  }

  private static void assertDenied(KubeApi asking, Forgery forgery, String reason) {
    assertThat(forgery.send(asking)).as(reason).isInstanceOf(ApiAnswer.Success.class);
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .untilAsserted(
            () -> assertThat(conditions(forgery.name())).contains("Denied: ").contains(reason));
    assertThat(stage.kubectl("get", "csr", forgery.name(), "-o", "jsonpath={.status.certificate}"))
        .isEmpty();
  }

  private static String conditions(String name) {
    return stage.kubectl(
        "get", "csr", name, "-o", "jsonpath={range .status.conditions[*]}{.type}: {.message}{end}");
  }

  /** A request of this subject that asks for another name. */
  private String openssl(String subject) throws IOException, InterruptedException {
    Path pem = Files.createTempFile(folder, "forged", ".csr");
    Process process =
        new ProcessBuilder(
                "openssl",
                "req",
                "-new",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/" + subject.replace(", ", "/"),
                "-addext",
                "subjectAltName=DNS:kubernetes",
                "-keyout",
                folder.resolve("forged.key").toString(),
                "-out",
                pem.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return Files.readString(pem);
  }
}
