package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.core.enrol.Encoding;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.identity.EnrolRequest;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How devices get in, and how they do not. */
class EnrolTest extends OnEnrolStage {
  private static final Duration SHORT = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void aTokenWithTheGroupLetsADeviceInWithoutAnOwner(@TempDir Path root) throws Exception {
    String namespace = stage.namespace();
    String token = stage.token(namespace, true);
    var said = new ArrayList<String>();

    EnrolOutcome outcome =
        EnrolStage.enrol(root, stage.request(namespace, "pump-1", LONG), token, said);

    assertThat(outcome).isInstanceOf(EnrolOutcome.Enrolled.class);
    Path files = root.resolve("var/lib/sandbar/identity");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files)))
        .isEqualTo("rwx------");
    for (String secret : List.of("key.pem", "client.pem")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(files.resolve(secret))))
          .isEqualTo("rw-------");
    }
    try (Stream<Path> all = Files.walk(files)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).doesNotContain(token.substring(7));
      }
    }
    assertThat(String.join("\n", said)).doesNotContain(token.substring(7), "PRIVATE");
    assertThat(stage.kubectl("get", "device", "pump-1", "-n", namespace, "-o", "yaml"))
        .contains("sandbar.dev/requestedLabels: site=berlin", "type: ClientCertificate")
        .doesNotContain("site: berlin");
    assertThat(String.join("\n", said))
        .contains("labels=site=berlin wait for approval: sandbar fleet approve pump-1");
    stage.kubectl(
        "wait", "--for=condition=Enrolled", "--timeout=30s", "device/pump-1", "-n", namespace);
    assertThat(EnrolStage.enrol(root, stage.request(namespace, "pump-1", LONG), token))
        .isInstanceOf(EnrolOutcome.AlreadyEnrolled.class);
  }

  /** Labels decide which apps and secrets a device gets: the owner says which a token may give. */
  @Test
  void aTokenThatWasMadeForLabelsGivesThemAndNoOthers(@TempDir Path root) throws Exception {
    String namespace = stage.namespace();
    String token = stage.token(namespace, true);
    stage.grantLabels(namespace, token, "site=berlin");
    String path = "/apis/sandbar.dev/v1alpha1/namespaces/" + namespace + "/devices";
    Node berlin = Json.object("site", "berlin");
    Node more = Json.object("site", "berlin", "role", "vault");
    var refused = new LinkedHashMap<String, Node>();
    refused.put("other", labelled("site=bonn", Json.object("site", "bonn")));
    refused.put("more than said", labelled("site=berlin", more));
    refused.put("more", labelled("role=vault,site=berlin", more));
    refused.put("another value", labelled("site=berlin", Json.object("site", "bonn")));
    refused.put("another key", labelled("site=berlin", Json.object("place", "berlin")));
    refused.put("unsaid", labelled("", berlin));
    try (KubeApi thief = stage.thief(token);
        KubeApi other = stage.thief(stage.token(namespace, true))) {
      // Roles reach the authorizer by a watch of its own.
      Awaitility.await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(thief.post(path + "?dryRun=All", labelled("site=berlin", berlin)))
                      .isInstanceOf(ApiAnswer.Success.class));
      refused.forEach(
          (what, device) ->
              assertThat(thief.post(path, device))
                  .as(what)
                  .isInstanceOf(ApiAnswer.Forbidden.class));
      assertThat(other.post(path, labelled("site=berlin", berlin)))
          .as("another token")
          .isInstanceOf(ApiAnswer.Forbidden.class);
    }

    var said = new ArrayList<String>();
    EnrolOutcome outcome =
        EnrolStage.enrol(root, stage.request(namespace, "pump-1", LONG), token, said);
    assertThat(outcome).isInstanceOf(EnrolOutcome.Enrolled.class);
    assertThat(stage.kubectl("get", "device", "pump-1", "-n", namespace, "-o", "yaml"))
        .contains("site: berlin");
    assertThat(said).noneMatch(line -> line.contains("wait for approval"));
  }

  private static Node labelled(String requested, Node labels) {
    return Json.object(
        "apiVersion",
        "sandbar.dev/v1alpha1",
        "kind",
        "Device",
        "metadata",
        Json.object(
            "name",
            "pump-9",
            "labels",
            labels,
            "annotations",
            requested.isEmpty()
                ? Json.object()
                : Json.object("sandbar.dev/requestedLabels", requested)),
        "spec",
        Json.object(
            "identity", Json.object("type", "ClientCertificate", "publicKey", "A".repeat(64))));
  }

  @Test
  void withoutTheGroupAnOwnerConsentsAndASecondRunGoesOnWithTheSameRequest(@TempDir Path root)
      throws Exception {
    String namespace = stage.namespace();
    String token = stage.token(namespace, false);
    EnrolRequest impatient = stage.request(namespace, "pump-2", SHORT);

    EnrolOutcome first = EnrolStage.enrol(root, impatient, token);
    EnrolOutcome second = EnrolStage.enrol(root, impatient, token);

    assertThat(first).isInstanceOf(EnrolOutcome.StillWaiting.class).isEqualTo(second);
    assertThat(((EnrolOutcome.StillWaiting) first).consent())
        .matches(
            "sandbar fleet approve pump-2 -n "
                + namespace
                + " --key [0-9a-f]{64} --labels site=berlin");
    assertThat(stage.kubectl("get", "csr", "-o", "name").lines())
        .filteredOn(line -> line.contains(namespace))
        .hasSize(1);
    assertThat(stage.tried("get", "role", "sandbar-device-pump-2", "-n", namespace).ok()).isFalse();
    var running =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return EnrolStage.enrol(root, stage.request(namespace, "pump-2", LONG), token);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    stage.kubectl("certificate", "approve", stage.pending(namespace, "pump-2"));
    assertThat(running.get()).isInstanceOf(EnrolOutcome.Enrolled.class);
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(stage.kubectl("get", "events", "-n", namespace))
                    .containsPattern("Approved +device/pump-2")
                    .containsPattern("Enrolled +device/pump-2"));
  }

  @Test
  void aTokenOfOneNamespaceOpensNoOther(@TempDir Path root) throws Exception {
    String mine = stage.namespace();
    String other = stage.namespace();

    EnrolOutcome outcome =
        EnrolStage.enrol(root, stage.request(other, "pump-1", SHORT), stage.token(mine, true));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            EnrolOutcome.Refused.class,
            refused -> {
              assertThat(refused.message()).contains("may not", "forbidden");
              assertThat(refused.help()).contains(other);
            });
  }

  @Test
  void aNameIsNeverTakenOverByAnotherKey(@TempDir Path first, @TempDir Path second)
      throws Exception {
    String namespace = stage.namespace();
    stage.enrolled(first, namespace, "pump-1").close();

    EnrolOutcome outcome =
        EnrolStage.enrol(
            second, stage.request(namespace, "pump-1", SHORT), stage.token(namespace, true));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            EnrolOutcome.Refused.class,
            refused -> {
              assertThat(refused.message()).contains("another key", "never taken over");
              assertThat(refused.help()).contains("delete device pump-1");
            });
  }

  @Test
  void wrongTokensAndAuthoritiesAreNamed(@TempDir Path root, @TempDir Path other) throws Exception {
    String namespace = stage.namespace();

    EnrolOutcome wrong =
        EnrolStage.enrol(
            root, stage.request(namespace, "pump-1", SHORT), "abcdef.0123456789abcdef");
    EnrolRequest request = stage.request(namespace, "pump-1", SHORT);
    String strangers = Encoding.pem("CERTIFICATE", strangersAuthority());
    EnrolOutcome untrusted =
        EnrolStage.enrol(
            other,
            new EnrolRequest(
                request.server(),
                strangers,
                request.member(),
                request.kind(),
                request.labels(),
                request.life(),
                SHORT,
                false),
            stage.token(namespace, true));

    assertThat(((EnrolOutcome.Refused) wrong).message()).contains("does not know the token");
    assertThat(((EnrolOutcome.Refused) wrong).help()).contains("sandbar fleet token create");
    assertThat(((EnrolOutcome.Refused) untrusted).message())
        .contains("signed by an unknown authority");
  }

  private static byte[] strangersAuthority() throws Exception {
    Path kubeconfig;
    try (ApiServer stranger = ApiServer.start()) {
      kubeconfig = stranger.caFile();
      return dev.sandbar.device.kube.Pem.certificates(Files.readString(kubeconfig))
          .getFirst()
          .getEncoded();
    }
  }

  @Test
  void aDeniedRequestTellsTheReason(@TempDir Path root) throws Exception {
    String namespace = stage.namespace();
    String token = stage.token(namespace, false);
    EnrolOutcome waiting = EnrolStage.enrol(root, stage.request(namespace, "pump-1", SHORT), token);
    assertThat(waiting).isInstanceOf(EnrolOutcome.StillWaiting.class);
    String csr = stage.pending(namespace, "pump-1");
    stage.kubectl("certificate", "deny", csr);

    EnrolOutcome denied = EnrolStage.enrol(root, stage.request(namespace, "pump-1", LONG), token);

    assertThat(((EnrolOutcome.Refused) denied).message()).contains(csr, "denied");
    assertThat(((EnrolOutcome.Refused) denied).help()).contains("kubectl delete csr " + csr);
  }

  @Test
  void aDeletedDeviceIsAStrangerAndSoIsItsCertificateToTheNextOne(
      @TempDir Path first, @TempDir Path second) throws Exception {
    String namespace = stage.namespace();
    try (Identity old = stage.enrolled(first, namespace, "pump-1")) {
      String path = old.member().devicePath();
      assertThat(old.api().get(path)).isInstanceOf(ApiAnswer.Success.class);
      stage.kubectl("delete", "device", "pump-1", "-n", namespace);
      org.awaitility.Awaitility.await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(old.api().get(path)).isInstanceOf(ApiAnswer.Forbidden.class));

      try (Identity young = stage.enrolled(second, namespace, "pump-1")) {
        assertThat(young.api().get(path)).isInstanceOf(ApiAnswer.Success.class);
        assertThat(old.api().get(path)).isInstanceOf(ApiAnswer.Forbidden.class);
      }
    }
  }
}
