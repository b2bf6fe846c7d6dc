package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.AppSandboxSpec;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the API server refuses is what the reader and the compiler refuse, and it says why and what
 * to do. Objects are sent as by a client that does not ask for strict validation of fields.
 */
class AdmissionTest {

  private static final Path ROOT = Path.of("../..");

  @SuppressWarnings("NullAway.Init")
  private static Admission admission;

  @BeforeAll
  static void start(@KubernetesApi ApiServer api) throws IOException {
    admission = Admission.on(api);
  }

  @AfterAll
  static void end() {
    if (admission != null) {
      admission.close();
    }
  }

  @Test
  void everyRuleRefusesWithItsMessage() {
    var wrong = new ArrayList<String>();
    var rules = new TreeSet<>(PolicyRules.all().keySet());
    var answers = new StringBuilder();
    for (String line : Specs.lines("refused.csv")) {
      String[] parts = line.split("\\|", 3);
      Node document = Specs.document("bad", parts[1]);
      String verdict = admission.verdict(Specs.json(document));
      answers.append(verdict).append('\n');
      rules.remove(parts[0]);
      if (!verdict.contains(parts[2])) {
        wrong.add(line + "\n    admission says: " + verdict);
      }
      if (Specs.objections(document).isEmpty()) {
        wrong.add(line + "\n    the compiler accepts it");
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(rules).as("rules of the policy without a line in refused.csv").isEmpty();
    assertThat(messages())
        .as("messages of the schema")
        .isNotEmpty()
        .allSatisfy(message -> assertThat(answers.toString()).contains(message));
  }

  /** Of all rules of the schema but the one about the name, which has a test of its own. */
  private static List<String> messages() {
    var messages = new TreeSet<String>();
    SchemaParts.object(SchemaFiles.definitions().get("appsandboxes.sandbar.dev"))
        .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec")
        .findValues("x-kubernetes-validations")
        .forEach(
            rules -> rules.forEach((JsonNode rule) -> messages.add(rule.path("message").asText())));
    return List.copyOf(messages);
  }

  @Test
  void whatIsRightIsAccepted() {
    for (String spec : Specs.lines("accepted.csv")) {
      Node document = Specs.document("good", spec);
      assertThat(Specs.objections(document)).as(spec).isEmpty();
      assertThat(admission.verdict(Specs.json(document))).as(spec).isEmpty();
    }
  }

  /**
   * A field that the admission policy does not know is found here, and not by who first uses it.
   */
  @Test
  void everyFieldStandsInASpecThatIsAccepted() {
    String accepted = String.join("\n", Specs.lines("accepted.csv"));
    var fields = new TreeSet<String>();
    fieldsOf(AppSandboxSpec.class, fields);
    assertThat(fields)
        .allSatisfy(field -> assertThat(accepted).containsPattern("\\b" + field + ":"));
  }

  private static void fieldsOf(Class<?> part, Set<String> fields) {
    if (!part.isRecord()) {
      return;
    }
    fields.addAll(KnownFields.of(part.asSubclass(Record.class)));
    for (RecordComponent component : part.getRecordComponents()) {
      fieldsOf(component.getType(), fields);
      if (component.getGenericType() instanceof ParameterizedType parameterized
          && parameterized.getActualTypeArguments()[0] instanceof Class<?> item) {
        fieldsOf(item, fields);
      }
    }
  }

  @Test
  void whatTheReaderRefusesIsRefused() throws IOException {
    var accepted = new ArrayList<String>();
    Path mistakes = ROOT.resolve("reconciler/core/src/test/resources/bad-specs.csv");
    for (String line : Files.readAllLines(mistakes)) {
      String spec = line.substring(0, line.indexOf('|')).replace("^", "").replace("\\0", "\\x00");
      if (spec.contains("apiVersion")) {
        // Kind and name are checked before any schema; the last test is about names.
        continue;
      }
      if (admission.verdict(Specs.json("bad", spec)).isEmpty()) {
        accepted.add(spec);
      }
    }
    assertThat(accepted).isEmpty();
  }

  @Test
  void everyExampleIsAccepted() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("examples"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        Node document = Specs.yaml(Files.readString(file));
        assertThat(admission.verdict(Specs.json(document))).as(file.toString()).isEmpty();
      }
    }
  }

  @Test
  void namesOfAppsAreThoseThatTheReaderTakes() {
    for (String name : List.of("a", "a-1", "0a", "x".repeat(50))) {
      assertThat(admission.verdict(Specs.json(name, "{RUN}"))).isEmpty();
    }
    for (String name : List.of("a.b", "x".repeat(51))) {
      assertThat(admission.verdict(Specs.json(name, "{RUN}")))
          .contains("this cannot be the name of an app: use at most 50 of a-z, 0-9 and inner '-'");
    }
  }

  @Test
  void allMistakesAreToldAtOnce() {
    String verdict =
        admission.verdict(
            Specs.json(
                "bad",
                "{RUN, permissons: {}, permissions: {serial: true, ports: [{port: 80, endPort: 79}]},"
                    + " directives: {Foo: 1}}"));
    assertThat(verdict)
        .contains("'permissons'")
        .contains("permissions.serial")
        .contains("endPort 79 is below port")
        .contains("grant internet: true")
        .contains("'Foo'");
  }

  @Test
  void theLargestSpecIsNotTooDearToCheck() {
    String path = "/" + "x".repeat(100) + "/";
    String spec =
        """
        {run: {command: [/usr/bin/app, %s], environment: {%s}},
         permissions: {internet: true, internetTo: [%s], ports: [%s], storage: [%s], serial: [%s], devices: [%s]},
         systemCalls: {allow: [%s], deny: [%s]}, directives: {MemoryMax: 64M, SystemCallFilter: [%s]},
         devices: {matchExpressions: [%s]}}
        """
            .formatted(
                many(255, i -> "a".repeat(40) + i),
                many(256, i -> "VARIABLE_" + i + ": " + "b".repeat(20)),
                many(64, i -> "{cidr: '2001:db8:" + i + "::/48'}"),
                many(64, i -> "{port: " + (2000 + i) + ", name: port-" + i + "}"),
                many(64, i -> "{source: media, mountPath: " + path + i + "}"),
                many(64, i -> "{device: /dev" + path + i + "}"),
                many(64, i -> "{device: /dev" + path + "s/" + i + "}"),
                many(256, i -> "ptrace"),
                many(256, i -> "'@mount'"),
                many(64, i -> "'~@mount'"),
                many(
                    64,
                    i ->
                        "{key: k"
                            + i
                            + ", operator: In, values: ["
                            + many(8, j -> "v" + j)
                            + "]}"));
    Node document = Specs.document("large", spec.replace("'", "\""));
    assertThat(Specs.objections(document)).isEmpty();
    assertThat(admission.verdict(Specs.json(document))).isEmpty();
  }

  private static String many(int count, IntFunction<String> item) {
    return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(", "));
  }
}
