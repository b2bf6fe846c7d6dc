package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device may, and what not: tried, one by one. */
class RightsTest {
  private static final String SANDBAR = "/apis/sandbar.dev/v1alpha1/namespaces/";
  private static final String CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  private static EnrolStage stage;

  @BeforeAll
  static void begin(@KubernetesApi ApiServer api) {
    stage = new EnrolStage(api);
  }

  @AfterAll
  static void end() {
    stage.close();
  }

  @Test
  void aDeviceReadsAndReportsWhatIsItsOwn(@TempDir Path root) throws Exception {
    String ns = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1")) {
      bundle(ns, "pump-1");
      KubeApi api = device.api();
      awaitRights(api, SANDBAR + ns + "/devices/pump-1");
      var allowed = new LinkedHashMap<String, ApiAnswer>();
      allowed.put("bundle", api.get(SANDBAR + ns + "/devicebundles/pump-1"));
      allowed.put(
          "bundle by name from the list",
          api.get(SANDBAR + ns + "/devicebundles?fieldSelector=metadata.name%3Dpump-1"));
      allowed.put("device", api.get(SANDBAR + ns + "/devices/pump-1"));
      allowed.put(
          "facts",
          api.mergePatch(
              SANDBAR + ns + "/devices/pump-1/status",
              Json.object(
                  "status",
                  Json.object(
                      "facts",
                      Json.object(
                          "systemd",
                          257,
                          "kernel",
                          "6.12",
                          "architecture",
                          "x86-64",
                          "digest",
                          "d",
                          "systemCalls",
                          "",
                          "features",
                          Node.list(List.of()))))));
      allowed.put(
          "lease",
          api.mergePatch(
              "/apis/coordination.k8s.io/v1/namespaces/" + ns + "/leases/pump-1",
              Json.object("spec", Json.object("holderIdentity", "pump-1"))));
      allowed.put("event", api.post("/api/v1/namespaces/" + ns + "/events", event(ns)));

      assertThat(allowed)
          .allSatisfy(
              (what, answer) -> assertThat(answer).as(what).isInstanceOf(ApiAnswer.Success.class));
      var seen = new ArrayList<String>();
      api.stream(
          SANDBAR
              + ns
              + "/devicebundles?watch=true&fieldSelector=metadata.name%3Dpump-1&timeoutSeconds=5",
          Duration.ofSeconds(10),
          document -> {
            seen.add(Json.text(document, "object", "metadata", "name").orElse(""));
            return false;
          });
      assertThat(seen).containsExactly("pump-1");
    }
  }

  @Test
  void aDeviceMayNothingElse(@TempDir Path root, @TempDir Path other) throws Exception {
    String ns = stage.namespace();
    String elsewhere = stage.namespace();
    try (Identity device = stage.enrolled(root, ns, "pump-1");
        Identity neighbour = stage.enrolled(other, ns, "pump-2")) {
      assertThat(neighbour.member().name()).isEqualTo("pump-2");
      bundle(ns, "pump-2");
      awaitRights(device.api(), SANDBAR + ns + "/devices/pump-1");

      var allowed = new ArrayList<String>();
      attempts(ns, elsewhere)
          .forEach(
              (what, attempt) -> {
                ApiAnswer answer = attempt.apply(device.api());
                if (!(answer instanceof ApiAnswer.Forbidden)) {
                  allowed.add(what + ": " + answer);
                }
              });

      assertThat(allowed).as("what was not forbidden").isEmpty();
    }
  }

  private static Map<String, Function<KubeApi, ApiAnswer>> attempts(String ns, String elsewhere) {
    var attempts = new LinkedHashMap<String, Function<KubeApi, ApiAnswer>>();
    Node labels = Json.object("metadata", Json.object("labels", Json.object("site", "elsewhere")));
    Node patch = Json.object("spec", Json.object("suspend", true));
    String own = SANDBAR + ns + "/devices/pump-1";
    attempts.put("another's bundle", api -> api.get(SANDBAR + ns + "/devicebundles/pump-2"));
    attempts.put("all bundles", api -> api.get(SANDBAR + ns + "/devicebundles"));
    attempts.put(
        "another's bundle from the list",
        api -> api.get(SANDBAR + ns + "/devicebundles?fieldSelector=metadata.name%3Dpump-2"));
    attempts.put("bundles of all namespaces", api -> api.get(cluster("devicebundles")));
    attempts.put("another device", api -> api.get(SANDBAR + ns + "/devices/pump-2"));
    attempts.put("all devices", api -> api.get(SANDBAR + ns + "/devices"));
    attempts.put("own spec", api -> api.mergePatch(own, patch));
    attempts.put("own labels", api -> api.mergePatch(own, labels));
    attempts.put("own end", api -> api.delete(own));
    attempts.put(
        "own bundle's spec", api -> api.mergePatch(SANDBAR + ns + "/devicebundles/pump-1", patch));
    attempts.put(
        "another's bundle status",
        api -> api.mergePatch(SANDBAR + ns + "/devicebundles/pump-2/status", patch));
    attempts.put(
        "another's status", api -> api.mergePatch(SANDBAR + ns + "/devices/pump-2/status", patch));
    attempts.put(
        "another's lease",
        api ->
            api.mergePatch(
                "/apis/coordination.k8s.io/v1/namespaces/" + ns + "/leases/pump-2", patch));
    attempts.put("a new device", api -> api.post(SANDBAR + ns + "/devices", device(ns)));
    attempts.put("apps", api -> api.get(SANDBAR + ns + "/appsandboxes"));
    attempts.put("secrets", api -> api.get("/api/v1/namespaces/" + ns + "/secrets"));
    attempts.put("tokens", api -> api.get("/api/v1/namespaces/kube-system/secrets"));
    attempts.put("config", api -> api.get("/api/v1/namespaces/" + ns + "/configmaps"));
    attempts.put("events of others", api -> api.get("/api/v1/namespaces/" + ns + "/events"));
    attempts.put(
        "events elsewhere",
        api -> api.post("/api/v1/namespaces/" + elsewhere + "/events", event(elsewhere)));
    attempts.put("elsewhere", api -> api.get(SANDBAR + elsewhere + "/devices/pump-1"));
    attempts.put("namespaces", api -> api.get("/api/v1/namespaces"));
    attempts.put("nodes", api -> api.get("/api/v1/nodes"));
    attempts.put("all requests", api -> api.get(CSRS));
    attempts.put(
        "consent", api -> api.mergePatch(CSRS + "/anything/approval", Json.object("status", 1)));
    attempts.put(
        "own role",
        api ->
            api.get(
                "/apis/rbac.authorization.k8s.io/v1/namespaces/"
                    + ns
                    + "/roles/sandbar-device-pump-1"));
    attempts.put(
        "another's token",
        api ->
            api.post(
                "/api/v1/namespaces/" + ns + "/serviceaccounts/default/token",
                Json.object("spec", Json.object("expirationSeconds", 600))));
    return attempts;
  }

  private static String cluster(String plural) {
    return "/apis/sandbar.dev/v1alpha1/" + plural;
  }

  private static Node device(String ns) {
    return Json.object(
        "apiVersion",
        "sandbar.dev/v1alpha1",
        "kind",
        "Device",
        "metadata",
        Json.object("name", "pump-3", "namespace", ns),
        "spec",
        Json.object());
  }

  private static Node event(String ns) {
    return Json.object(
        "apiVersion", "v1",
        "kind", "Event",
        "metadata", Json.object("generateName", "pump-1.", "namespace", ns),
        "involvedObject",
            Json.object(
                "kind",
                "Device",
                "name",
                "pump-1",
                "namespace",
                ns,
                "apiVersion",
                "sandbar.dev/v1alpha1"),
        "reason", "Tried",
        "message", "tried",
        "type", "Normal");
  }

  private static void bundle(String ns, String name) {
    stage
        .api()
        .kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: DeviceBundle
            metadata: {name: %s, namespace: %s}
            spec: {digest: none, apps: {}}
            """
                .formatted(name, ns))
        .orThrow();
  }

  /** Roles reach the authorizer by a watch of its own. */
  private static void awaitRights(KubeApi api, String path) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(api.get(path)).isInstanceOf(ApiAnswer.Success.class));
  }
}
