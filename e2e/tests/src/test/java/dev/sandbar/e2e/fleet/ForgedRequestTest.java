package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.Credentials;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who has stolen a token, even one that needs no owner, gets with it. */
class ForgedRequestTest {
  private static final String CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  private static EnrolStage stage;

  @TempDir private Path folder;

  @BeforeAll
  static void begin(@KubernetesApi ApiServer api) {
    stage = new EnrolStage(api);
  }

  @AfterAll
  static void end() {
    stage.close();
  }

  @Test
  void requestsThatBreakARuleAreDeniedWithTheReason(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    stage.enrolled(root, ns, "pump-1").close();
    String uid =
        stage.kubectl("get", "device", "pump-1", "-n", ns, "-o", "jsonpath={.metadata.uid}");
    String cn = "/CN=sandbar:device:" + ns + ":pump-1";
    String groups = "/O=sandbar:devices/O=sandbar:device:uid:" + uid;
    List<String> usages = List.of("client auth", "digital signature");
    try (KubeApi thief = thief(stage.token(ns, true))) {
      assertDenied(thief, "key", cn + groups, usages, "", "key is not the one");
      assertDenied(thief, "nodes", cn + groups + "/O=system:nodes", usages, "", "exactly");
      assertDenied(thief, "group", "/CN=kubernetes-admin" + groups, usages, "", "subject");
      assertDenied(thief, "unit", cn + groups + "/OU=x", usages, "", "subject");
      assertDenied(
          thief,
          "nobody",
          "/CN=sandbar:device:" + ns + ":pump-9" + groups,
          usages,
          "",
          "no Device");
      assertDenied(
          thief,
          "usages",
          cn + groups,
          List.of("client auth", "digital signature", "cert sign"),
          "",
          "usages");
      assertDenied(
          thief, "names", cn + groups, usages, "subjectAltName=DNS:kubernetes", "extensions");
    }
  }

  @Test
  void whatIsNotAboutDevicesIsLeftAlone() throws Exception {
    String ns = stage.namespace();
    try (KubeApi thief = thief(stage.token(ns, true))) {
      String ours = ns + "-ours";
      String other = ns + "-other";
      ask(thief, other, "/CN=system:admin/O=system:something", List.of("client auth"), "");
      // A later one of ours that is decided proves that the other one has been seen.
      ask(thief, ours, "/CN=sandbar:x", List.of("client auth"), "");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !conditions(thief, ours).isEmpty());
      assertThat(conditions(thief, other)).isEmpty();
    }
  }

  @Test
  void consentThatCameWithTheDeviceIsNone() throws Exception {
    String ns = stage.namespace();
    try (KubeApi thief = thief(stage.token(ns, true))) {
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

  private static KubeApi thief(String token) {
    return new KubeApi(
        stage.server(),
        new Trust.Authorities(stage.api().caFile()),
        new Credentials.Token(token),
        ApiLimits.DEFAULT,
        InstantSource.system());
  }

  private void assertDenied(
      KubeApi thief,
      String what,
      String subject,
      List<String> usages,
      String extension,
      String reason)
      throws IOException, InterruptedException {
    String name = "forged-" + what + "-" + System.nanoTime();
    ask(thief, name, subject, usages, extension);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(conditions(thief, name)).as(what).hasSize(1));
    Node condition = conditions(thief, name).getFirst();
    assertThat(Json.text(condition, "type")).as(what).hasValue("Denied");
    assertThat(Json.text(condition, "message").orElse("")).as(what).contains(reason);
  }

  private static List<Node> conditions(KubeApi api, String name) {
    return api.get(CSRS + "/" + name) instanceof ApiAnswer.Success(Node csr)
        ? Json.items(csr, "status", "conditions")
        : List.of();
  }

  private void ask(KubeApi api, String name, String subject, List<String> usages, String extension)
      throws IOException, InterruptedException {
    Path pem = Files.createTempFile(folder, "forged", ".csr");
    var command =
        new ArrayList<>(
            List.of(
                "openssl",
                "req",
                "-new",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                subject,
                "-keyout",
                folder.resolve("forged.key").toString(),
                "-out",
                pem.toString()));
    if (!extension.isEmpty()) {
      command.addAll(List.of("-addext", extension));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    ApiAnswer answer =
        api.post(
            CSRS,
            Json.object(
                "apiVersion",
                "certificates.k8s.io/v1",
                "kind",
                "CertificateSigningRequest",
                "metadata",
                Json.object("name", name),
                "spec",
                Json.object(
                    "signerName",
                    "kubernetes.io/kube-apiserver-client",
                    "request",
                    Base64.getEncoder().encodeToString(Files.readAllBytes(pem)),
                    "usages",
                    Json.texts(usages))));
    assertThat(answer).as(name).isInstanceOf(ApiAnswer.Success.class);
  }
}
