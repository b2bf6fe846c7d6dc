package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.source.text.JsonWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device may, and what not: tried, one by one. */
class RightsTest extends OnEnrolStage {
  private static final String SANDBAR = "/apis/sandbar.dev/v1alpha1/namespaces/";
  private static final String CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

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
                  "metadata",
                  Json.object(
                      "labels",
                      Json.object("role", "vault"),
                      "annotations",
                      Json.object("sandbar.dev/recipient", "age1")),
                  "spec",
                  Json.object("variables", Json.object("a", "b")),
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
      assertThat(stage.kubectl("get", "device", "pump-1", "-n", ns, "-o", "yaml"))
          .as("a report changes the report alone")
          .contains("kernel:")
          .doesNotContain("vault", "sandbar.dev/recipient", "variables");
      allowed.put(
          "lease",
          api.mergePatch(
              leases(ns) + "/pump-1",
              Json.object("spec", Json.object("holderIdentity", "pump-1"))));
      allowed.put("event", api.post(events(ns), event(ns, "Device", "pump-1")));
      allowed.put("event of its bundle", api.post(events(ns), event(ns, "DeviceBundle", "pump-1")));

      // Only who knows the name has it: it says nothing of any app.
      content(ns, "pump-0123456789");
      allowed.put("content", api.get(SANDBAR + ns + "/appcontents/pump-0123456789"));
      query(ns, "pump-1");
      String query = SANDBAR + ns + "/devicequeries/pump-1";
      allowed.put("query", api.get(query));
      // An answer never lands on the query that took the place of another.
      Node late =
          Json.object(
              "metadata",
              Json.object("resourceVersion", "1"),
              "status",
              Json.object("answer", "QUFB"));
      assertThat(api.mergePatch(query + "/status", late)).isInstanceOf(ApiAnswer.Conflict.class);
      ApiAnswer answered = api.mergePatch(query + "/status", answerAndMore());
      allowed.put("answer", answered);
      assertThat(answered.toString()).contains("QUFB").doesNotContain("a.io/b", "other-app");

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
      query(ns, "pump-1");
      query(ns, "pump-2");
      awaitRights(device.api(), SANDBAR + ns + "/devices/pump-1");

      awaitPolicy(device.api(), ns);

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

  @Test
  void aServiceAccountOfADeviceTellsOfItselfAloneAndOthersOfEverything() {
    String ns = stage.namespace();
    stage.kubectl("create", "role", "teller", "--verb=create", "--resource=events", "-n", ns);
    for (String account : List.of("sandbar-device-pump-1", "other")) {
      stage.kubectl(
          "create",
          "rolebinding",
          account,
          "--role=teller",
          "--serviceaccount=" + ns + ":" + account,
          "-n",
          ns);
    }
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .untilAsserted(
            () -> {
              assertThat(told(ns, "sandbar-device-pump-1", "pump-1")).isEmpty();
              assertThat(told(ns, "sandbar-device-pump-1", "pump-2"))
                  .contains(
                      "a device may create events only about its own Device and DeviceBundle");
              assertThat(told(ns, "other", "pump-2")).isEmpty();
            });
  }

  /** What the server says against an event of a Device by this ServiceAccount. */
  private static String told(String ns, String account, String device) {
    return stage
        .api()
        .kubectl()
        .runWithInput(
            JsonWriter.compact(event(ns, "Device", device)),
            "create",
            "-f",
            "-",
            "--as=system:serviceaccount:" + ns + ":" + account)
        .stderr();
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
    Node answer = Json.object("status", Json.object("answer", "QUFB"));
    String query = SANDBAR + ns + "/devicequeries/pump-1";
    String others = SANDBAR + ns + "/devicequeries/pump-2";
    attempts.put("another's query", api -> api.get(others));
    attempts.put("another's answer", api -> api.get(others + "/status"));
    attempts.put("an answer for another", api -> api.mergePatch(others + "/status", answer));
    attempts.put("own query's spec", api -> api.mergePatch(query, answerAndMore()));
    attempts.put("own query's end", api -> api.delete(query));
    attempts.put("all queries", api -> api.get(SANDBAR + ns + "/devicequeries"));
    attempts.put(
        "a watch of queries",
        api ->
            api.get(
                SANDBAR + ns + "/devicequeries?watch=true&fieldSelector=metadata.name%3Dpump-1"));
    attempts.put(
        "queries elsewhere", api -> api.get(SANDBAR + elsewhere + "/devicequeries/pump-1"));
    attempts.put(
        "a new query",
        api -> api.post(SANDBAR + ns + "/devicequeries", object(ns, "DeviceQuery", "pump-3")));
    String content = SANDBAR + ns + "/appcontents";
    attempts.put("all contents", api -> api.get(content));
    attempts.put("a watch of contents", api -> api.get(content + "?watch=true"));
    attempts.put(
        "the content of a name in a list",
        api -> api.get(content + "?fieldSelector=metadata.name%3Dpump-0123456789"));
    attempts.put("contents elsewhere", api -> api.get(SANDBAR + elsewhere + "/appcontents/pump"));
    attempts.put("a new content", api -> api.post(content, object(ns, "AppContent", "pump-3")));
    attempts.put("another content", api -> api.mergePatch(content + "/pump-0123456789", patch));
    attempts.put("the end of a content", api -> api.delete(content + "/pump-0123456789"));
    attempts.put("another device", api -> api.get(SANDBAR + ns + "/devices/pump-2"));
    attempts.put("all devices", api -> api.get(SANDBAR + ns + "/devices"));
    attempts.put("own spec", api -> api.mergePatch(own, patch));
    attempts.put("own labels", api -> api.mergePatch(own, labels));
    Node recipient =
        Json.object(
            "metadata", Json.object("annotations", Json.object("sandbar.dev/recipient", "age1")));
    attempts.put("own recipient", api -> api.mergePatch(own, recipient));
    attempts.put("own end", api -> api.delete(own));
    attempts.put("own bundle's end", api -> api.delete(SANDBAR + ns + "/devicebundles/pump-1"));
    attempts.put("own lease's end", api -> api.delete(leases(ns) + "/pump-1"));
    for (String field : List.of("labels", "annotations")) {
      Node more = Json.object("metadata", Json.object(field, Json.object("a.io/b", "c")));
      attempts.put("own lease's " + field, api -> api.mergePatch(leases(ns) + "/pump-1", more));
    }
    Node lasting =
        Json.object("metadata", Json.object("finalizers", Json.texts(List.of("a.io/b"))));
    attempts.put("own lease's finalizers", api -> api.mergePatch(leases(ns) + "/pump-1", lasting));
    Node owners = Json.object("metadata", Json.object("ownerReferences", Node.list(List.of())));
    attempts.put("own lease's owners", api -> api.mergePatch(leases(ns) + "/pump-1", owners));
    attempts.put("all leases", api -> api.get(leases(ns)));
    attempts.put(
        "a new bundle",
        api -> api.post(SANDBAR + ns + "/devicebundles", object(ns, "DeviceBundle", "pump-3")));
    attempts.put(
        "own bundle's spec", api -> api.mergePatch(SANDBAR + ns + "/devicebundles/pump-1", patch));
    attempts.put(
        "another's bundle status",
        api -> api.mergePatch(SANDBAR + ns + "/devicebundles/pump-2/status", patch));
    attempts.put(
        "another's status", api -> api.mergePatch(SANDBAR + ns + "/devices/pump-2/status", patch));
    attempts.put("another's lease", api -> api.mergePatch(leases(ns) + "/pump-2", patch));
    attempts.put(
        "a new device", api -> api.post(SANDBAR + ns + "/devices", object(ns, "Device", "pump-3")));
    attempts.put("apps", api -> api.get(SANDBAR + ns + "/appsandboxes"));
    attempts.put("secrets", api -> api.get("/api/v1/namespaces/" + ns + "/secrets"));
    attempts.put("tokens", api -> api.get("/api/v1/namespaces/kube-system/secrets"));
    attempts.put("config", api -> api.get("/api/v1/namespaces/" + ns + "/configmaps"));
    attempts.put("events of others", api -> api.get("/api/v1/namespaces/" + ns + "/events"));
    attempts.put(
        "events elsewhere",
        api -> api.post(events(elsewhere), event(elsewhere, "Device", "pump-1")));
    attempts.put(
        "an event of a neighbour", api -> api.post(events(ns), event(ns, "Device", "pump-2")));
    attempts.put(
        "an event of a neighbour's bundle",
        api -> api.post(events(ns), event(ns, "DeviceBundle", "pump-2")));
    attempts.put(
        "an event of an app", api -> api.post(events(ns), event(ns, "AppSandbox", "pump-1")));
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

  private static String leases(String ns) {
    return "/apis/coordination.k8s.io/v1/namespaces/" + ns + "/leases";
  }

  private static String events(String ns) {
    return "/api/v1/namespaces/" + ns + "/events";
  }

  private static Node object(String ns, String kind, String name) {
    return Json.object(
        "apiVersion",
        "sandbar.dev/v1alpha1",
        "kind",
        kind,
        "metadata",
        Json.object("name", name, "namespace", ns),
        "spec",
        Json.object());
  }

  private static Node event(String ns, String kind, String name) {
    return Json.object(
        "apiVersion", "v1",
        "kind", "Event",
        "metadata", Json.object("generateName", "pump-1.", "namespace", ns),
        "involvedObject",
            Json.object(
                "kind", kind, "name", name, "namespace", ns, "apiVersion", "sandbar.dev/v1alpha1"),
        "reason", "Tried",
        "message", "tried",
        "type", "Normal");
  }

  /** An answer that would take the rest of the object along. */
  private static Node answerAndMore() {
    return Json.object(
        "metadata",
        Json.object(
            "labels",
            Json.object("a.io/b", "c"),
            "annotations",
            Json.object("a.io/b", "c"),
            "finalizers",
            Json.texts(List.of("a.io/b")),
            "ownerReferences",
            Node.list(List.of())),
        "spec",
        Json.object("events", Json.object("app", "other-app")),
        "status",
        Json.object("answer", "QUFB"));
  }

  private static void content(String ns, String name) {
    stage
        .api()
        .kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppContent
            metadata: {name: %s, namespace: %s}
            spec: {sha256: %s, bytes: 3, data: QUFB}
            """
                .formatted(name, ns, "a".repeat(64)))
        .orThrow();
  }

  private static void query(String ns, String name) {
    stage
        .api()
        .kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: DeviceQuery
            metadata: {name: %s, namespace: %s}
            spec: {events: {}, publicKey: MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}
            """
                .formatted(name, ns))
        .orThrow();
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
        .atMost(Duration.ofMinutes(4))
        .untilAsserted(() -> assertThat(api.get(path)).isInstanceOf(ApiAnswer.Success.class));
  }

  /** Policies are taken up by a watch, too. */
  private static void awaitPolicy(KubeApi api, String ns) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .untilAsserted(
            () ->
                assertThat(api.post(events(ns), event(ns, "Device", "pump-2")))
                    .isInstanceOf(ApiAnswer.Forbidden.class));
  }
}
