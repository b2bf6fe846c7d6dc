package dev.sandbar.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.GitSourceReader;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.source.text.YamlReader;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The kinds on a real API server, as kubectl shows and takes them. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KindsTest {

  private static final Path EXPLAINED = Path.of("src/test/resources/explain-permissions.txt");
  private static final String HEAD = "apiVersion: sandbar.dev/v1alpha1\n";
  private static final String TYPO =
      HEAD
          + """
          kind: AppSandbox
          metadata: {name: typo}
          spec:
            run: {command: [/usr/bin/app]}
            mode: Open
            systemCalls: {dny: ["@mount"]}
          """;

  private static final String DRIFT =
      HEAD
          + """
          kind: AppSandbox
          metadata: {name: earlier}
          spec:
            run: {command: [/usr/bin/app]}
            drift: Detect
          """;

  private static final String TEXT_SOURCE =
      HEAD
          + """
          kind: GitSource
          metadata: {name: earlier}
          spec: {url: 'https://git.example.com/a.git', ref: main, drift: Correct}
          """;

  @SuppressWarnings("NullAway.Init")
  private static ApiServer api;

  @BeforeAll
  static void start(@KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer server) {
    api = server;
    api.applyCrds(Admission.CHART.resolve("crds"));
  }

  @Test
  @Order(1)
  void withoutThePolicyATypoIsKeptForTheOperatorToRefuse() {
    applied("--validate=ignore", TYPO).orThrow();
    assertThat(json("asb", "typo").at("/spec/systemCalls/dny/0").asText()).isEqualTo("@mount");
  }

  /** The schema of earlier releases filled in text, so every object that is stored has it. */
  @Test
  @Order(1)
  void driftAsTextOfAnEarlierReleaseIsKept() {
    applied("--validate=ignore", DRIFT).orThrow();
    assertThat(json("asb", "earlier").at("/spec/drift").asText()).isEqualTo("Detect");
  }

  @Test
  @Order(1)
  void textOfAGitSourceOfAnEarlierReleaseIsKept() {
    applied("--validate=ignore", TEXT_SOURCE).orThrow();
    assertThat(json("gits", "earlier").at("/spec/ref").asText()).isEqualTo("main");
    assertThat(json("gits", "earlier").at("/spec/drift").asText()).isEqualTo("Correct");
  }

  /** What is stored goes on; whoever changes it, or makes another, gets the form to write. */
  @Test
  @Order(3)
  void suchAGitSourceCanBeChangedUntilItsTextIs() {
    String fresh = TEXT_SOURCE.replace("earlier", "fresh");
    assertThat(serverSide(fresh)).contains("spec.ref must be a map: write ref: {branch: main}");
    assertThat(serverSide(fresh.replace("main", "{branch: main}")))
        .contains("spec.drift must be a map: write drift: {mode: Detect} or");
    api.kubectl("label", "gits", "earlier", "a=b").orThrow();
    assertThat(serverSide(TEXT_SOURCE.replace("Correct}", "Correct, interval: 5m}"))).isEmpty();
    assertThat(serverSide(TEXT_SOURCE.replace("main", "next"))).contains("write ref: {branch");
    assertThat(serverSide(TEXT_SOURCE.replace("Correct", "Detect")))
        .contains("write drift: {mode: Detect}");
    for (String ref : List.of("{}", "{semver: 1.x}", "{branch: main, tag: v1}")) {
      assertThat(serverSide(TEXT_SOURCE.replace("main", ref)))
          .as(ref)
          .contains("write one of branch, tag, commit and name");
    }
    String map = TEXT_SOURCE.replace("main", "{branch: main}");
    assertThat(serverSide(map.replace("Correct", "{ignore: []}"))).contains("unknown field");
    assertThat(serverSide(map)).isEmpty();
    assertThat(serverSide(map.replace("{branch: main}", "{tag: v1.4.0}"))).isEmpty();
    assertThat(serverSide(map.replace("Correct", "{mode: Detect}"))).isEmpty();
    assertThat(json("gits", "earlier").at("/spec/drift/mode").asText()).isEqualTo("Detect");
    assertThat(serverSide(TEXT_SOURCE)).contains("spec.ref must be a map");
  }

  private static String serverSide(String manifest) {
    return api.kubectl()
        .runWithInput(manifest, "apply", "--server-side", "--force-conflicts", "-f", "-")
        .stderr();
  }

  @Test
  @Order(3)
  void suchAnObjectCanBeChangedUntilItsDriftIs() {
    api.kubectl("label", "asb", "earlier", "a=b").orThrow();
    assertThat(patched("asb", "earlier", "{spec: {suspend: true}}")).isEmpty();
    String other = DRIFT.replace("  drift: Detect\n", "");
    api.kubectl()
        .runWithInput(other, "apply", "--server-side", "--force-conflicts", "-f", "-")
        .orThrow();
    assertThat(patched("asb", "earlier", "{spec: {drift: Correct}}"))
        .contains("drift is not a map: write drift: {mode: Detect} or drift: {mode: Correct}");
    api.kubectl()
        .runWithInput(
            DRIFT.replace("Detect", "{mode: Correct}"),
            "apply",
            "--server-side",
            "--force-conflicts",
            "-f",
            "-")
        .orThrow();
    assertThat(json("asb", "earlier").at("/spec/drift/mode").asText()).isEqualTo("Correct");
  }

  @Test
  @Order(2)
  void anObjectOfOldIsStillLabelledAndDeletedUnderThePolicy() {
    Path policy = Admission.CHART.resolve("files/admission.yaml").toAbsolutePath();
    api.kubectl("apply", "-f", policy.toString()).orThrow();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(applied("--dry-run=server", TYPO.replace("typo", "other")).stderr())
                    .contains("unknown field 'dny' in spec.systemCalls"));
    // The API server takes up each policy by itself.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        applied("--dry-run=server", TEXT_SOURCE.replace("earlier", "other"))
                            .stderr())
                    .contains("spec.ref must be a map"));
    api.kubectl("label", "asb", "typo", "a=b").orThrow();
    assertThat(patched("asb", "typo", "{spec: {drift: {mode: Correct}}}"))
        .contains("unknown field 'dny' in spec.systemCalls");
    api.kubectl("delete", "asb", "typo").orThrow();
  }

  @Test
  @Order(3)
  void serverSideApplyOfAClientThatChecksNothingIsRefusedToo() {
    KubectlResult result =
        api.kubectl().runWithInput(TYPO, "apply", "--server-side", "--validate=ignore", "-f", "-");
    assertThat(result.stderr()).contains("known here: allow, deny");
  }

  /** Such as that of trust-manager: what is ours is found by a name that nobody else has. */
  @Test
  void bundlesAreFoundBesideTheKindBundleOfOthers() {
    String other =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: bundles.trust.example.com}
        spec:
          group: trust.example.com
          scope: Cluster
          names: {kind: Bundle, plural: bundles, singular: bundle}
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
        """;
    api.kubectl().runWithInput(other, "create", "-f", "-").orThrow();
    api.kubectl("wait", "--for=condition=Established", "crd/bundles.trust.example.com").orThrow();
    String one = "{apiVersion: trust.example.com/v1, kind: Bundle, metadata: {name: roots}}";
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> api.kubectl().runWithInput(one, "apply", "-f", "-").ok());
    assertThat(api.kubectl("get", "bundle", "-o", "name").orThrow())
        .contains("bundle.trust.example.com/roots");
    assertThat(api.kubectl("get", "dvcb", "-o", "name").orThrow()).doesNotContain("trust");
    api.kubectl("delete", "crd", "bundles.trust.example.com").orThrow();
  }

  /** A site adds to an app of another repository, and each keeps what is its own. */
  @Test
  void twoManagersOfOneAppDoNotFight() {
    String app =
        HEAD
            + """
            kind: AppSandbox
            metadata: {name: shared}
            spec:
              run: {command: [/usr/bin/app]}
              files: [{path: /etc/app.conf, content: a}]
              variables: [{name: broker}]
              secrets: [{name: token, from: {secret: {name: s, key: token}}}]
              raw: [{directive: LockPersonality, value: no, reason: requested by its maker}]
            """;
    String site =
        HEAD
            + """
            kind: AppSandbox
            metadata: {name: shared}
            spec:
              files: [{path: /etc/site.conf, content: b}]
              variables: [{name: rack}]
              secrets: [{name: site, from: {secret: {name: s, key: site}}}]
              raw: [{directive: ProtectClock, value: no, reason: requested by this site}]
            """;
    assertThat(byManager("platform", app)).isEmpty();
    assertThat(byManager("site", site)).as("adds").isEmpty();
    assertThat(byManager("platform", app.replace("content: a", "content: c"))).isEmpty();
    JsonNode spec = json("asb", "shared").path("spec");
    assertThat(names(spec, "files", "path")).containsExactly("/etc/app.conf", "/etc/site.conf");
    assertThat(spec.at("/files/0/content").asText()).isEqualTo("c");
    assertThat(names(spec, "variables", "name")).containsExactly("broker", "rack");
    assertThat(names(spec, "secrets", "name")).containsExactly("token", "site");
    assertThat(names(spec, "raw", "directive")).containsExactly("LockPersonality", "ProtectClock");
    assertThat(byManager("site", site.replace("/etc/site.conf", "/etc/app.conf")))
        .as("what the other declares is not taken over")
        .contains("conflict with \"platform\"");
    assertThat(byManager("site", HEAD + "kind: AppSandbox\nmetadata: {name: shared}\nspec: {}"))
        .isEmpty();
    assertThat(names(json("asb", "shared").path("spec"), "files", "path"))
        .as("what was the site's goes with it")
        .containsExactly("/etc/app.conf");
    assertThat(byManager("platform", app.replace("[{name: broker}]", "[{name: a}, {name: a}]")))
        .contains("duplicate");
  }

  private static String byManager(String manager, String manifest) {
    return api.kubectl()
        .runWithInput(manifest, "apply", "--server-side", "--field-manager=" + manager, "-f", "-")
        .stderr();
  }

  private static List<String> names(JsonNode spec, String list, String key) {
    var names = new ArrayList<String>();
    spec.path(list).forEach(entry -> names.add(entry.path(key).asText()));
    return names;
  }

  /** Else a client that applies a part of it takes what others have in it. */
  @Test
  void everyListSaysHowItIsMerged() {
    var silent = new ArrayList<String>();
    SchemaFiles.definitions().forEach((name, definition) -> lists(name, definition, silent));
    assertThat(silent).isEmpty();
  }

  private static void lists(String path, JsonNode node, List<String> silent) {
    if (node.path("type").asText().equals("array") && node.has("items")) {
      boolean keyed =
          StreamSupport.stream(node.path(ListType.KEYS).spliterator(), false)
              .allMatch(
                  key -> node.at("/items/required").toString().contains("\"" + key.asText() + '"'));
      if (!keyed || !ListType.isIn(node) || ListType.of(node) == ListType.SET) {
        silent.add(path);
      }
    }
    node.properties()
        .forEach(entry -> lists(path + "." + entry.getKey(), entry.getValue(), silent));
    if (node.isArray()) {
      node.forEach(value -> lists(path + "[]", value, silent));
    }
  }

  @Test
  void theIdentityOfADeviceNeverChanges() {
    applied("--validate=strict", device("d1")).orThrow();
    String message = "the identity of a device never changes: delete the Device and enrol";
    assertThat(patched("dvc", "d1", "{spec: {identity: null}}")).contains(message);
    assertThat(patched("dvc", "d1", "{spec: {identity: {type: ServiceAccount}}}"))
        .contains(message);
    assertThat(patched("dvc", "d1", "{spec: null}")).contains("spec: Required value");
    assertThat(patched("dvc", "d1", "{spec: {suspend: true}}")).isEmpty();
    assertThat(json("dvc", "d1").at("/spec/approved").asBoolean(true)).isFalse();
  }

  @Test
  void aGitSourceIsCheckedAndFilledIn() {
    applied("--validate=strict", source("url: https://example.com/a.git")).orThrow();
    JsonNode spec = json("gits", "s1").path("spec");
    assertThat(spec.path("interval").asText()).isEqualTo("1m");
    assertThat(spec.path("prune").asBoolean()).isTrue();
    assertThat(spec.has("drift")).isFalse();
    Map.of(
            "url: https://token@example.com/a.git", "put them in the Secret of secretRef",
            "url: file:///etc", "write https://HOST/PATH or ssh://USER@HOST/PATH",
            "url: http://example.com/a.git", "http:// is for this machine only",
            "url: https://example.com/a, interval: 10ms", "not a length of time of at least 1s",
            "url: https://example.com/a, interval: soon", "write for example 30s, 5m or 1h30m",
            "url: https://example.com/a, timeout: 1h30", "not a length of time",
            "url: https://example.com/a, path: a/../../b", "write a folder of it without '..'",
            "url: https://example.com/a, drift: {mode: Fix}",
                "supported values: \"Correct\", \"Detect\"",
            "url: https://example.com/a, ref: {commit: main}", "spec.ref.commit")
        .forEach(
            (fields, message) -> {
              assertThat(applied("--dry-run=server", source(fields)).stderr())
                  .as(fields)
                  .contains(message);
              assertThat(read(source(fields)))
                  .as(fields)
                  .isInstanceOf(GitSourceReader.Outcome.Refused.class);
            });
    for (String fields :
        List.of(
            "url: 'ssh://git@example.com/a.git', ref: {branch: main}, prune: false, maxRemovals: 5",
            "url: 'http://127.0.0.1:8080/a.git', drift: {mode: Detect}, suspend: true",
            "url: 'https://example.com/a', ref: {name: refs/pull/7/head}",
            "url: 'https://example.com/a', interval: 1h30m, timeout: 90s, path: ./plant/",
            "url: 'https://example.com/a', secretRef: {name: a}, webhookSecretRef: {name: b}")) {
      applied("--dry-run=server", source(fields)).orThrow();
      assertThat(read(source(fields))).as(fields).isInstanceOf(GitSourceReader.Outcome.Read.class);
    }
  }

  /** As the command line reads it. */
  private static GitSourceReader.Outcome read(String manifest) {
    return GitSourceReader.read(
        YamlReader.read("source.yaml", manifest.getBytes(UTF_8)).documents().getFirst());
  }

  @Test
  void aContentIsBoundedAndNeverChanges() {
    String head = HEAD + "kind: AppContent\nmetadata: {name: pump-1}\nspec: {bytes: 3, sha256: ";
    String digest = "a".repeat(64);
    applied("--validate=strict", head + digest + ", data: QUFB}").orThrow();
    assertThat(patched("apc", "pump-1", "{spec: {data: QkJC}}"))
        .contains("a content never changes: another one has another name");
    assertThat(applied("--dry-run=server", head + "A".repeat(64) + ", data: QUFB}").stderr())
        .contains("should match '^[0-9a-f]{64}$'");
    String larger = "A".repeat(SpecBounds.MOST_KEPT / 3 * 4 + 9);
    assertThat(applied("--dry-run=server", head + digest + ", data: " + larger + "}").stderr())
        .contains("Too long");
  }

  @Test
  void aQueryIsAskedAndAnsweredOnce() {
    applied("--validate=strict", query("q1", "logs: {app: pump}")).orThrow();
    assertThat(json("dvq", "q1").at("/spec/logs/lines").asInt()).isEqualTo(200);
    Map.of(
            "logs: {app: pump}, events: {}", "give exactly one of logs and events",
            "{}", "give exactly one of logs and events",
            "logs: {app: ../etc}", "should match '^[a-z0-9]",
            "logs: {app: pump, lines: 2001}", "less than or equal to 2000",
            "logs: {app: pump, lines: 0}", "greater than or equal to 1",
            "logs: {app: pump, since: yesterday}", "must be of type date-time",
            "events: {app: -}", "should match '^[a-z0-9]",
            "events: {}, publicKey: AAAA", "spec.publicKey")
        .forEach(
            (fields, message) ->
                assertThat(applied("--dry-run=server", query("q2", fields)).stderr())
                    .as(fields)
                    .contains(message));
    assertThat(patched("dvq", "q1", "{spec: {logs: {app: other}}}"))
        .contains("a query never changes: delete it and create another");
    assertThat(answered("q1", "{answer: AAAA, refused: {reason: Denied, message: no}}"))
        .contains("give exactly one of answer and refused");
    assertThat(answered("q1", "{answer: " + "A".repeat(90_000) + "}")).contains("Too long");
    assertThat(answered("q1", "{answer: AAAA}")).isEmpty();
    for (String again : List.of("{answer: BBBB}", "null", "{answer: null}", "{}")) {
      String _ = answered("q1", again);
      assertThat(json("dvq", "q1").at("/status/answer").asText()).as(again).isEqualTo("AAAA");
    }
    assertThat(answered("q1", "null")).contains("a query is answered once");
  }

  /** Whoever enrols a device makes the object, and what the API server keeps has no other bound. */
  @Test
  void theHoldOfADeviceKeepsNothingElse() {
    String held = device("held").replace("spec: {", "spec: {hold: {other: [[]], reason: r}, ");
    applied("--validate=ignore", held).orThrow();
    assertThat(json("dvc", "held").at("/spec/hold").toString()).isEqualTo("{\"reason\":\"r\"}");
  }

  private static String answered(String name, String status) {
    KubectlResult result =
        api.kubectl(
            "patch",
            "dvq",
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            Serialization.asJson(
                Serialization.unmarshal("---\nstatus: " + status, JsonNode.class)));
    return result.ok() ? "" : result.stderr();
  }

  private static String query(String name, String fields) {
    String key = "MCowBQYDK2VuAyEA" + "A".repeat(43) + "=";
    String spec = fields.equals("{}") ? "" : fields + ", ";
    return HEAD
        + "kind: DeviceQuery\nmetadata: {name: "
        + name
        + "}\nspec: {"
        + spec
        + (fields.contains("publicKey") ? "" : "publicKey: " + key)
        + "}";
  }

  @Test
  void conditionsOfTwoWritersDoNotOverwriteEachOther() {
    applied("--validate=strict", device("d2")).orThrow();
    for (String type : List.of("Ready", "Enrolled")) {
      String status =
          HEAD
              + """
              kind: Device
              metadata: {name: d2}
              status:
                conditions:
                  - {type: %s, status: "True", reason: Succeeded, message: "",
                     lastTransitionTime: "2026-01-01T00:00:00Z"}
              """
                  .formatted(type);
      api.kubectl()
          .runWithInput(
              status,
              "apply",
              "--server-side",
              "--subresource=status",
              "--field-manager=" + type,
              "-f",
              "-")
          .orThrow();
    }
    assertThat(json("dvc", "d2").at("/status/conditions")).hasSize(2);
  }

  @Test
  void theColumnsFitATerminal() {
    applied("--validate=strict", device("pump-17")).orThrow();
    status(
        "dvc",
        "pump-17",
        "apps: {desired: 12, ready: 12, drifted: 0, cannotEnforce: 0}, facts: {systemd: 257}");
    applied("--validate=strict", source("url: https://example.com/a.git")).orThrow();
    status("gits", "s1", "lastAppliedRevision: main@sha1:0a");
    applied(
            "--validate=strict",
            HEAD + "kind: AppSandbox\nmetadata: {name: pump}\nspec: {run: {command: [/usr/bin/a]}}")
        .orThrow();
    status(
        "asb",
        "pump",
        "devices: {desired: 10000, updated: 9999, ready: 9998, drifted: 1, unreachable: 1,"
            + " cannotEnforce: 0}");
    for (String kind : List.of("asb", "dvc", "gits", "dvcb", "dvq")) {
      assertThat(api.kubectl("get", kind).orThrow().lines())
          .as(kind)
          .allSatisfy(line -> assertThat(line.stripTrailing()).hasSizeLessThanOrEqualTo(80));
    }
    assertThat(api.kubectl("get", "asb").orThrow())
        .contains("DESIRED   UPDATED   READY   DRIFTED   STATUS")
        .contains("10000     9999      9998    1         ReconciliationSucceeded");
    assertThat(api.kubectl("get", "sandbar").orThrow())
        .contains("device.sandbar.dev/pump-17", "appsandbox.sandbar.dev/pump");
  }

  @Test
  void theStatusIsWrittenByItselfAlone() {
    applied("--validate=strict", device("d3") + "\nstatus: {lastSeen: \"2026-01-01T00:00:00Z\"}")
        .orThrow();
    assertThat(json("dvc", "d3").has("status")).isFalse();
  }

  @Test
  void explainReadsWell() throws IOException {
    String text =
        api.kubectl("explain", "appsandbox.spec.permissions").orThrow().stripTrailing() + "\n";
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(EXPLAINED, text);
    }
    // Where lines break is up to the version of kubectl.
    assertThat(text)
        .as("run with -Dsandbar.docs.write=true")
        .isEqualToNormalizingWhitespace(Files.readString(EXPLAINED));
    assertThat(api.kubectl("explain", "appsandbox.spec.permissions.ports.port").orThrow())
        .contains("The number of the port, or the first of a range.");
    assertThat(api.kubectl("explain", "asb").orThrow())
        .contains("every device proves that its kernel");
  }

  @Test
  void everyFieldHasASentence() {
    var without = new ArrayList<String>();
    SchemaFiles.definitions()
        .forEach(
            (name, definition) -> {
              JsonNode root = definition.at("/spec/versions/0/schema/openAPIV3Schema");
              assertThat(root.path("description").asText()).as(name).endsWith(".");
              fields(name, root, without);
            });
    assertThat(without).isEmpty();
  }

  private static void fields(String path, JsonNode schema, List<String> without) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String place = path + "." + property.getKey();
      String text = property.getValue().path("description").asText();
      if (text.length() < 8 || !(text.endsWith(".") || text.contains("For example"))) {
        without.add(place + ": " + text);
      }
      fields(place, property.getValue(), without);
      fields(place + "[]", property.getValue().path("items"), without);
      fields(place + "[]", property.getValue().path("additionalProperties"), without);
    }
  }

  private static String device(String name) {
    return HEAD
        + "kind: Device\nmetadata: {name: "
        + name
        + "}\nspec: {identity: {type: ClientCertificate, publicKey: TUZrd0V3WUhLb1pJemowQ0FR}}";
  }

  private static String source(String fields) {
    return HEAD + "kind: GitSource\nmetadata: {name: s1}\nspec: {" + fields + "}";
  }

  private static void status(String kind, String name, String fields) {
    api.kubectl(
            "patch",
            kind,
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            Serialization.asJson(
                Serialization.unmarshal(
                    "---\nstatus: {conditions: [{type: Ready, status: 'True', reason:"
                        + " ReconciliationSucceeded, message: m, lastTransitionTime:"
                        + " '2026-01-01T00:00:00Z'}], "
                        + fields
                        + "}",
                    JsonNode.class)))
        .orThrow();
  }

  private static KubectlResult applied(String flag, String object) {
    return api.kubectl().runWithInput(object, "apply", flag, "-f", "-");
  }

  /** What the API server says against the patch; empty if it takes it. */
  private static String patched(String kind, String name, String patch) {
    KubectlResult result =
        api.kubectl(
            "patch",
            kind,
            name,
            "--type=merge",
            "-p",
            Serialization.asJson(Serialization.unmarshal("---\n" + patch, JsonNode.class)));
    return result.ok() ? "" : result.stderr();
  }

  private static JsonNode json(String kind, String name) {
    return Serialization.unmarshal(
        api.kubectl("get", kind, name, "-o", "json").orThrow(), JsonNode.class);
  }
}
