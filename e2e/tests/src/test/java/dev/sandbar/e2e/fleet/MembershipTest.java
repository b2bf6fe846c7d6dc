package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What devices and tokens may ask for at the server, and for how long they may. */
class MembershipTest extends OnEnrolStage {
  private static final String SANDBAR = "/apis/sandbar.dev/v1alpha1/namespaces/";

  /** As the operator made it before a policy asked for devices/certificates. */
  private static final String EARLIER_ROLE =
      """
      rules:
        - {apiGroups: [sandbar.dev], resources: [devices], resourceNames: [pump-1], verbs: [get]}
        - {apiGroups: [sandbar.dev], resources: [devices/status], resourceNames: [pump-1], verbs: [get, patch]}
        - {apiGroups: [sandbar.dev], resources: [devicebundles], resourceNames: [pump-1], verbs: [get, list, watch]}
        - {apiGroups: [sandbar.dev], resources: [devicebundles/status], resourceNames: [pump-1], verbs: [get, patch]}
        - {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [pump-1], verbs: [get, update, patch]}
        - {apiGroups: [""], resources: [events], verbs: [create]}
      """;

  private static final String EARLIER_STATUS =
      """
      {"status": {"conditions": [{"type": "Enrolled", "status": "True", "reason": "CertificateApproved",
        "message": "The device has its own key.", "lastTransitionTime": "%s", "observedGeneration": 1}]}}
      """;

  /** What the operator would deny is not even stored. */
  @Test
  void aRequestThatIsNoneOfADeviceIsRefusedByTheServer(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1");
        KubeApi token = stage.thief(stage.token(ns, true))) {
      KeyPair key = Forgery.key();
      String honest = Forgery.pem(ns, "pump-1", stage.uid(ns, "pump-1"), key);
      String evil = Forgery.pem("CN=system:kube-controller-manager", key);
      Forgery right = Forgery.of(Forgery.name(ns, "pump-1"), honest);
      var refused = new LinkedHashMap<String, Forgery>();
      refused.put("junk", right.with(honest.stripTrailing() + "junk\n" + evil));
      refused.put("returns", right.with(honest.replace("\n", "\r") + "\n" + evil));
      refused.put("two", right.with(honest + evil));
      refused.put("before", right.with("junk\n" + honest));
      refused.put(
          "large", right.with(honest.replace("\n-----END", "\n".repeat(5_000) + "-----END")));
      refused.put("signer", right.signedBy("example.com/signer"));
      refused.put("server", right.signedBy("kubernetes.io/kubelet-serving"));
      refused.put("usages", right.with(List.of("client auth", "digital signature", "cert sign")));
      refused.put("life", right.lasting(31_536_000));
      refused.put("name", right.with(Json.object("name", "x" + right.name())));
      for (String field : List.of("labels", "annotations")) {
        refused.put(
            field,
            right.with(Json.object("name", right.name(), field, Json.object("a.io/b", "c"))));
      }
      refused.put(
          "finalizers",
          right.with(
              Json.object("name", right.name(), "finalizers", Json.texts(List.of("a.io/b")))));
      for (KubeApi asking : List.of(device.api(), token)) {
        refused.forEach(
            (what, forgery) ->
                assertThat(forgery.send(asking)).as(what).isInstanceOf(ApiAnswer.Forbidden.class));
      }
      Forgery others = Forgery.of(Forgery.name(ns, "pump-2"), honest);
      assertThat(others.send(device.api())).isInstanceOf(ApiAnswer.Forbidden.class);
      Forgery elsewhere = Forgery.of(Forgery.name("elsewhere", "pump-1"), honest);
      assertThat(elsewhere.send(token)).isInstanceOf(ApiAnswer.Forbidden.class);
      assertThat(right.send(device.api())).isInstanceOf(ApiAnswer.Success.class);
      assertThat(device.api().get(Forgery.CSRS + "/" + right.name()))
          .as("a device reads no request, not even its own")
          .isInstanceOf(ApiAnswer.Forbidden.class);
    }
  }

  /** RBAC is gone before the garbage collector comes round: it does not run here. */
  @Test
  void aDeviceThatLeavesGetsNoCertificateAndOneThatIsGoneNothing(@TempDir Path root)
      throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      String uid = stage.uid(ns, "pump-1");
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(device.api().get(device.member().devicePath()))
                      .isInstanceOf(ApiAnswer.Success.class));
      patch(ns, "{\"spec\":{\"suspend\":true}}");
      assertThat(renewal(ns, uid).send(device.api()))
          .as("a suspended device is a member")
          .isInstanceOf(ApiAnswer.Success.class);

      patch(ns, "{\"spec\":{\"decommission\":{}}}");
      awaitRefused(device, ns, uid);
      assertThat(device.api().get(device.member().devicePath()))
          .as("it has yet to report that it is done")
          .isInstanceOf(ApiAnswer.Success.class);
      patch(ns, "{\"spec\":{\"decommission\":null}}");
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(renewal(ns, uid).send(device.api()))
                      .as("it stays after all")
                      .isInstanceOf(ApiAnswer.Success.class));

      stage.api().stopControllerManager();
      try {
        stage.kubectl("delete", "device", "pump-1", "-n", ns);
        awaitRefused(device, ns, uid);
        assertThat(device.api().get(device.member().devicePath()))
            .isInstanceOf(ApiAnswer.Forbidden.class);
        assertThat(stage.kubectl("get", "role", "-n", ns, "-o", "name"))
            .as("what the garbage collector takes away")
            .contains("sandbar-device-pump-1");
      } finally {
        stage.api().startControllerManager();
      }
    }
  }

  /** Its Role lacks what the policy of this release asks for, and its spec does not change. */
  @Test
  void aDeviceThatAnEarlierReleaseLetInRenews(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      String uid = stage.uid(ns, "pump-1");
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> condition(ns, "reason").equals("CertificateApproved"));
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(
                          stage.kubectl(
                              "get",
                              "events",
                              "-n",
                              ns,
                              "--field-selector=involvedObject.kind=Device",
                              "-o",
                              "jsonpath={.items[*].reason}"))
                      .contains("Approved", "Enrolled"));
      stage.kubectl(
          "patch", "role", "sandbar-device-pump-1", "-n", ns, "--type=merge", "-p", EARLIER_ROLE);
      awaitRefused(device, ns, uid);

      // Seen by the operator as any Device is when it begins.
      stage.kubectl(
          "patch",
          "device",
          "pump-1",
          "-n",
          ns,
          "--subresource=status",
          "--type=merge",
          "-p",
          EARLIER_STATUS.formatted(condition(ns, "lastTransitionTime")));
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThat(renewal(ns, uid).send(device.api()))
                      .isInstanceOf(ApiAnswer.Success.class));
      // The rights come first, and then that they were given.
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(() -> assertThat(condition(ns, "message")).doesNotContain("own key."));
    }
  }

  private static String condition(String ns, String field) {
    return stage.kubectl(
        "get",
        "device",
        "pump-1",
        "-n",
        ns,
        "-o",
        "jsonpath={.status.conditions[?(@.type==\"Enrolled\")]." + field + "}");
  }

  private static void patch(String ns, String patch) {
    stage.kubectl("patch", "device", "pump-1", "-n", ns, "--type=merge", "-p", patch);
  }

  private static Forgery renewal(String ns, String uid) throws Exception {
    return Forgery.of(Forgery.name(ns, "pump-1"), Forgery.pem(ns, "pump-1", uid, Forgery.key()));
  }

  private static void awaitRefused(Identity device, String ns, String uid) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .untilAsserted(
            () ->
                assertThat(renewal(ns, uid).send(device.api()))
                    .isInstanceOf(ApiAnswer.Forbidden.class));
  }

  @Test
  void aTokenEnrolsADeviceAndSetsNothingElse() throws Exception {
    String ns = stage.namespace();
    Node identity = Json.object("type", "ClientCertificate", "publicKey", "A".repeat(64));
    Node name = Json.object("name", "pump-1");
    var refused = new LinkedHashMap<String, Node>();
    refused.put("no key", device(name, Json.object()));
    refused.put(
        "finalizers",
        device(
            Json.object("name", "pump-1", "finalizers", Json.texts(List.of("a.io/b"))),
            Json.object("identity", identity)));
    refused.put("suspend", device(name, Json.object("identity", identity, "suspend", true)));
    refused.put(
        "decommission",
        device(name, Json.object("identity", identity, "decommission", Json.object())));
    try (KubeApi token = stage.thief(stage.token(ns, true))) {
      refused.forEach(
          (what, object) ->
              assertThat(token.post(SANDBAR + ns + "/devices", object))
                  .as(what)
                  .isInstanceOf(ApiAnswer.Forbidden.class));
      assertThat(
              token.post(
                  SANDBAR + ns + "/devices", device(name, Json.object("identity", identity))))
          .isInstanceOf(ApiAnswer.Success.class);
    }
  }

  /** A field that is new must not be a token's to set: it stands in no list of what is allowed. */
  @Test
  void aTokenSetsNoFieldOfADeviceButItsIdentity() throws Exception {
    String ns = stage.namespace();
    Node spec = schema("properties", "spec", "properties");
    Node identity = Json.object("type", "ClientCertificate", "publicKey", "A".repeat(64));
    var refused = new LinkedHashMap<String, Node>();
    spec.fields()
        .forEach(
            (field, schema) -> {
              if (!field.equals("identity")) {
                refused.put(
                    "spec." + field,
                    device(
                        Json.object("name", "pump-1"),
                        Json.object("identity", identity, field, sample(schema))));
              }
            });
    for (String field : List.of("labels", "annotations")) {
      refused.put(
          field,
          device(
              Json.object("name", "pump-1", field, Json.object("site", "berlin")),
              Json.object("identity", identity)));
    }
    refused.put(
        "recipient",
        device(
            Json.object(
                "name",
                "pump-1",
                "annotations",
                Json.object("sandbar.dev/recipient", "age1" + "q".repeat(58))),
            Json.object("identity", identity)));
    refused.put(
        "owners",
        device(
            Json.object(
                "name",
                "pump-1",
                "ownerReferences",
                Node.list(
                    List.of(
                        Json.object(
                            "apiVersion", "v1", "kind", "ConfigMap", "name", "a", "uid", "b")))),
            Json.object("identity", identity)));
    refused.put(
        "long",
        device(
            Json.object(
                "name",
                "pump-1",
                "annotations",
                Json.object("sandbar.dev/requestedLabels", "a".repeat(2_049))),
            Json.object("identity", identity)));
    assertThat(refused.keySet()).contains("spec.hold", "spec.variables", "spec.approved");
    try (KubeApi token = stage.thief(stage.token(ns, true))) {
      refused.forEach(
          (what, object) ->
              assertThat(token.post(SANDBAR + ns + "/devices", object))
                  .as(what + " (give a new field a sample that its schema takes)")
                  .asString()
                  .containsIgnoringCase("forbidden"));
      assertThat(schema("properties", "spec", "properties", "identity", "properties").fields())
          .as("each of these is a token's to set")
          .containsOnlyKeys("type", "publicKey");
    }
  }

  private static Node schema(String... path) throws IOException {
    Path file = EnrolStage.CHART.resolve("crds/devices.sandbar.dev.yaml");
    Node crd = YamlReader.read(file.toString(), Files.readAllBytes(file)).documents().getFirst();
    Node version = Json.items(crd, "spec", "versions").getFirst();
    var all = new ArrayList<>(List.of("schema", "openAPIV3Schema"));
    all.addAll(List.of(path));
    return Json.at(version, all.toArray(String[]::new)).orElseThrow();
  }

  /** A value that the schema takes and that is not its default. */
  private static Node sample(Node schema) {
    Object value =
        switch (Json.text(schema, "type").orElse("object")) {
          case "boolean" -> true;
          case "integer", "number" -> 1;
          case "string" -> "x";
          case "array" -> Node.list(List.of());
          default -> Json.object();
        };
    return Json.at(Json.object("it", value), "it").orElseThrow();
  }

  private static Node device(Node metadata, Node spec) {
    return Json.object(
        "apiVersion", "sandbar.dev/v1alpha1", "kind", "Device", "metadata", metadata, "spec", spec);
  }
}
