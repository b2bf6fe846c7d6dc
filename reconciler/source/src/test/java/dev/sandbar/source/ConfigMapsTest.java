package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SecretRef;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ConfigMaps beside manifests, and manifests that name their values. */
class ConfigMapsTest {
  private static final String NAMED = "from: {configMap: {name: edge-conf, key: edge.conf}}";

  private final Manifests.Memory memory = new Manifests.Memory();

  @Test
  void theirValueIsTheContentWhereverTheyStand() {
    ObjectSet set =
        parse("a.yaml", app("broker", NAMED), "sub/z.yaml", configMap("edge.conf: \"port 1\\n\""));
    assertThat(set.diagnostics()).isEmpty();
    assertThat(content(set)).isEqualTo("port 1\n");
    assertThat(set.apps().getFirst().manifest().toString()).doesNotContain("configMap");
    assertThat(content(parse("a.yaml", app("broker", NAMED) + "---\n" + configMap("edge.conf: b"))))
        .isEqualTo("b");
    String json =
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"edge-conf\","
            + " \"namespace\": \"any\"}, \"data\": {\"edge.conf\": \"c\"}}";
    assertThat(content(parse("a.yaml", app("broker", NAMED), "b.json", json))).isEqualTo("c");
  }

  @Test
  void aChangeOfTheValueAloneIsAChangeOfTheApp() {
    String app = app("broker", NAMED);
    ObjectSet first = parse("a.yaml", app, "b.yaml", configMap("{edge.conf: one, other: x}"));
    ObjectSet same = parse("a.yaml", app, "b.yaml", configMap("{edge.conf: one, other: y}"));
    ObjectSet second = parse("a.yaml", app, "b.yaml", configMap("{edge.conf: two, other: y}"));
    assertThat(content(first)).isEqualTo("one");
    assertThat(same.apps().getFirst().manifest()).isSameAs(first.apps().getFirst().manifest());
    assertThat(content(second)).isEqualTo("two");
  }

  @Test
  void oneThatNobodyNamesIsNobodysBusiness() {
    String twins = configMap("a: b") + "---\n" + configMap("{a: 1}");
    ObjectSet set =
        parse(
            "a.yaml",
            app("edge-conf", "content: x"),
            "b.yaml",
            twins + "---\n{apiVersion: v1, kind: ConfigMap, data: 3}\n");
    assertThat(set.diagnostics()).isEmpty();
    assertThat(set.apps()).hasSize(1);
    assertThat(set.complete()).isTrue();
    // Other kinds are refused as before.
    ObjectSet other = parse("a.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: a}}");
    assertThat(other.diagnostics().toString()).contains("kind is 'Secret'");
    assertThat(other.refused()).containsOnlyKeys(new AppName("a"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data: {other: x}              | is missing: the ConfigMap at b.yaml:1:1 has no such key in"
            + " its data",
        "data: 3                       | is missing: the ConfigMap at b.yaml:1:1 has no such key in"
            + " its data",
        "binaryData: {edge.conf: eA==} | is in binaryData, and files are text",
        "data: {edge.conf: 3}          | is not text, at b.yaml:4:19",
        "data: {edge.conf: [a]}        | is not text, at b.yaml:4:19",
        "'data: {edge.conf: \"a\\0\"}' | is not UTF-8 text without NUL",
      })
  void whatCannotBeUsedRefusesThatAppAlone(String data, String why) {
    String map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: edge-conf}\n" + data + "\n";
    ObjectSet set =
        parse("a.yaml", app("broker", NAMED), "b.yaml", map, "c.yaml", app("o", "content: x"));
    assertThat(errors(set))
        .containsExactly(
            "a.yaml:7:33: spec.files[0].from.configMap: key 'edge.conf' of ConfigMap 'edge-conf' "
                + why);
    assertThat(set.apps()).hasSize(1);
    assertThat(set.refused()).containsOnlyKeys(new AppName("broker"));
    assertThat(set.complete()).isTrue();
  }

  @Test
  void withoutOneTheErrorSaysWhatToWrite() {
    ObjectSet set = parse("a.yaml", app("broker", NAMED));
    assertThat(errors(set))
        .containsExactly(
            "a.yaml:7:33: spec.files[0].from.configMap: key 'edge.conf' of ConfigMap 'edge-conf'"
                + " is missing: none of the files declares the ConfigMap");
    assertThat(set.diagnostics().getFirst().help())
        .isEqualTo(
            "add it to the manifests: {apiVersion: v1, kind: ConfigMap, metadata: {name:"
                + " edge-conf}, data: {edge.conf: TEXT}}");
    String twins = configMap("edge.conf: a") + "---\n" + configMap("edge.conf: b");
    assertThat(errors(parse("a.yaml", app("broker", NAMED), "b.yaml", twins)).getFirst())
        .endsWith("is ambiguous: the ConfigMap is declared at b.yaml:1:1 and at b.yaml:6:1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'{name: a, key: b}, file: c'           | must name either a file or a key of a ConfigMap",
        "a                                      | must name either a file or a key of a ConfigMap",
        "{name: a}                              | must have a name and a key, and nothing else",
        "{name: a, key: [b]}                    | must have a name and a key, and nothing else",
        "'{name: a, key: b, namespace: c}'      | must have a name and a key, and nothing else",
        "'{name: a, key: b, optional: true}'    | .optional cannot be set",
        "{name: ../secrets/a, key: b}           | cannot be the name of a ConfigMap",
        "{name: A, key: b}                      | cannot be the name of a ConfigMap",
        "'{name: \"a?b\", key: b}'              | cannot be the name of a ConfigMap",
        "{name: a, key: ../b}                   | cannot be a key of a ConfigMap",
        "{name: a, key: a/b}                    | cannot be a key of a ConfigMap",
        "'{name: a, key: \"b\\n\"}'             | cannot be a key of a ConfigMap",
        "'{name: a, key: \"..\"}'               | cannot be a key of a ConfigMap",
        "'{name: a, key: b}}, content: {a: b'   | has content and from",
      })
  void whatIsNotUnderstoodIsSaid(String entry, String why) {
    ObjectSet set = parse("a.yaml", app("broker", "from: {configMap: " + entry + "}"));
    assertThat(set.apps()).isEmpty();
    assertThat(errors(set)).anyMatch(it -> it.contains("spec.files[0]") && it.endsWith(why));
  }

  @Test
  void aValueThatMakesTheSpecTooLargeIsNamed() {
    String large = "\"" + "x".repeat(Inclusion.MOST_BYTES - 50) + "\"";
    ObjectSet set =
        parse("a.yaml", app("broker", NAMED), "b.yaml", configMap("edge.conf: " + large));
    assertThat(errors(set))
        .containsExactly(
            "a.yaml:7:33: spec.files[0].from.configMap: key 'edge.conf' of ConfigMap 'edge-conf'"
                + " makes the spec larger than the 65536 bytes that are read");
    String larger = "\"" + "x".repeat(Inclusion.MOST_BYTES + 1) + "\"";
    assertThat(
            errors(
                parse("a.yaml", app("broker", NAMED), "b.yaml", configMap("edge.conf: " + larger))))
        .singleElement()
        .asString()
        .endsWith("has more than 65536 bytes");
    assertThat(FoundContent.text("half \ud83d of one")).isInstanceOf(Included.Unusable.class);
  }

  @Test
  void forAClusterTheNameStays() throws IOException {
    ObjectSet set =
        Manifests.parseForCluster(
            snapshot("a.yaml", app("broker", NAMED), "b.yaml", configMap("edge.conf: one")),
            memory,
            SourceBudget.ofFleet());
    assertThat(set.diagnostics()).isEmpty();
    Node document = set.apps().getFirst().manifest();
    assertThat(Inclusion.configMaps(document))
        .containsExactly(new ConfigMapKey("edge-conf", "edge.conf"));
    ObjectSet wrong =
        Manifests.parseForCluster(
            snapshot("a.yaml", app("broker", NAMED + ", mode: x")),
            new Manifests.Memory(),
            SourceBudget.ofFleet());
    assertThat(wrong.apps()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{secret: {name: broker, key: password}}|is in Kubernetes, where only the operator",
        "{secret: {name: ../x, key: password}}|cannot be the name of a Secret",
        "{secret: {name: broker, key: a/b}}|cannot be a key of a Secret",
        "{secret: {name: broker}}|must have a name and a key, and nothing else",
        "{secret: {name: broker, key: a, namespace: b}}|must have a name and a key",
        "{secret: broker}|must name either a file beside the manifest or a key of a Secret",
        "{configMap: {name: a, key: b}}|must name either a file beside the manifest or a key",
      })
  void aSecretIsForAFleetAlone(String from, String message) throws IOException {
    String app =
        app("broker", "content: x")
            .replace("files:", "secrets: [{name: mqtt, from: " + from + "}]\n  files:");
    assertThat(errors(parse("a.yaml", app))).singleElement().asString().contains(message);
    ObjectSet fleet =
        Manifests.parseForCluster(
            snapshot("a.yaml", app), new Manifests.Memory(), SourceBudget.ofFleet());
    if (message.startsWith("is in Kubernetes")) {
      assertThat(fleet.diagnostics()).isEmpty();
      assertThat(Inclusion.secrets(fleet.apps().getFirst().manifest()))
          .containsExactly(new SecretRef("broker", "password"));
    } else {
      assertThat(errors(fleet)).singleElement().asString().contains(message);
    }
  }

  private ObjectSet parse(String... pathsAndTexts) {
    return Manifests.parse(snapshot(pathsAndTexts), memory);
  }

  private static Snapshot snapshot(String... pathsAndTexts) {
    var files = new TreeMap<String, byte[]>();
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      files.put(pathsAndTexts[i], pathsAndTexts[i + 1].getBytes(UTF_8));
    }
    return new Snapshot("main@sha1:0", files, List.of());
  }

  private static String content(ObjectSet set) {
    assertThat(set.diagnostics()).isEmpty();
    return set.apps().getFirst().app().files().stream()
        .map(AppFile::text)
        .findFirst()
        .orElseThrow();
  }

  private static List<String> errors(ObjectSet set) {
    return set.diagnostics().stream()
        .filter(it -> it.severity() == Diagnostic.Severity.ERROR)
        .map(it -> it.at() + ": " + it.message())
        .toList();
  }

  private static String configMap(String data) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: edge-conf}
    data: %s
    """
        .formatted(data.startsWith("{") ? data : "{" + data + "}");
  }

  private static String app(String name, String entry) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: AppSandbox
    metadata: {name: %s}
    spec:
      run: {command: [/usr/bin/true]}
      files:
        - {path: /run/a.conf, %s}
    """
        .formatted(name, entry);
  }
}
