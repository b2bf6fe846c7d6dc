package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.schema.Compatibility.Break;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A change that would break stored objects fails here; see crds/baseline/README.md for how one is
 * accepted. {@code -Dsandbar.baseline.write=true} makes the current definitions the released ones.
 */
class CompatibilityTest {

  private static final Path BASELINE = Path.of("../baseline");
  private static final Path ACCEPTED = BASELINE.resolve("accepted.txt");

  @Test
  void storedObjectsStayValid() throws IOException {
    Path released = BASELINE.resolve("v1alpha1");
    if (Boolean.getBoolean("sandbar.baseline.write")) {
      for (Map.Entry<String, String> file : SchemaFiles.all().entrySet()) {
        if (file.getKey().startsWith("crds/")) {
          Path path = released.resolve(file.getKey().substring("crds/".length()));
          Files.writeString(path, file.getValue());
        }
      }
      Files.writeString(ACCEPTED, "");
    }
    var breaks = new ArrayList<String>();
    for (Path file : files(released)) {
      JsonNode definition = Serialization.unmarshal(Files.readString(file), JsonNode.class);
      String name = definition.at("/metadata/name").asText();
      assertThat(SchemaFiles.definitions()).as("removed kind").containsKey(name);
      Compatibility.check(definition, SchemaParts.object(SchemaFiles.definitions().get(name)))
          .forEach(b -> breaks.add(b.toString()));
    }
    var accepted = new ArrayList<String>();
    for (String line : Files.readAllLines(ACCEPTED)) {
      String[] parts = line.split(" -- ", 2);
      assertThat(parts).as("a change and, after ' -- ', why it is right: " + line).hasSize(2);
      assertThat(parts[1]).as(line).isNotBlank();
      accepted.add(parts[0]);
    }
    assertThat(breaks)
        .as("changes that break stored objects; crds/baseline/README.md says how to accept one")
        .allMatch(found -> accepted.stream().anyMatch(line -> isAccepted(line, found)));
    assertThat(accepted)
        .as("accepted changes that there are not")
        .allMatch(line -> breaks.stream().anyMatch(found -> isAccepted(line, found)));
  }

  /** A name of {@code *} stands for every property of its parent. */
  private static boolean isAccepted(String line, String found) {
    int name = line.indexOf(".*: ");
    int end = found.indexOf(": ", Math.max(0, name));
    return name < 0
        ? line.equals(found)
        : end > name
            && found.startsWith(line.substring(0, name + 1))
            && found.substring(name + 1, end).matches("[A-Za-z]+")
            && found.substring(end).equals(line.substring(name + 2));
  }

  @Test
  void everyKindHasABaseline() throws IOException {
    assertThat(files(BASELINE.resolve("v1alpha1")))
        .extracting(file -> file.getFileName().toString().replace(".yaml", ""))
        .containsExactlyElementsOf(SchemaFiles.definitions().keySet());
  }

  static Stream<Arguments> harmful() {
    return Stream.of(
        change("group: changed from sandbar.dev to x.dev", d -> spec(d).put("group", "x.dev")),
        change("scope: changed from Namespaced to Cluster", d -> spec(d).put("scope", "Cluster")),
        change("names.kind: changed from Device to Thing", d -> names(d).put("kind", "Thing")),
        change("names.plural: changed from devices to dvs", d -> names(d).put("plural", "dvs")),
        change("names.shortNames: removed dvc", d -> names(d).remove("shortNames")),
        change("v1alpha1: removed version", d -> version(d).put("name", "v1")),
        change("v1alpha1: version is no longer served", d -> version(d).put("served", false)),
        change("v1alpha1: removed status subresource", d -> version(d).remove("subresources")),
        change("v1alpha1 spec.suspend: removed property", d -> properties(d).remove("suspend")),
        change(
            "v1alpha1 spec.suspend: changed type from \"boolean\" to \"string\"",
            d -> property(d, "suspend").put("type", "string")),
        change(
            "v1alpha1 spec.suspend: changed default from false to true",
            d -> property(d, "suspend").put("default", true)),
        change(
            "v1alpha1 spec.identity.type: new default \"atomic\"",
            d -> identity(d, "type").put("default", "atomic")),
        change(
            "v1alpha1 spec.suspend: removed default false",
            d -> property(d, "suspend").remove("default")),
        change(
            "v1alpha1 spec.identity.type: removed value ServiceAccount",
            d -> identity(d, "type").putArray("enum").add("ClientCertificate")),
        change(
            "v1alpha1 spec.identity.publicKey: new enum [\"a\"]",
            d -> identity(d, "publicKey").putArray("enum").add("a")),
        change(
            "v1alpha1 spec.identity.publicKey: narrowed maxLength from 4096 to 4095",
            d -> identity(d, "publicKey").put("maxLength", 4095)),
        change(
            "v1alpha1 spec.identity.publicKey: narrowed minLength from 16 to 17",
            d -> identity(d, "publicKey").put("minLength", 17)),
        change(
            "v1alpha1 spec.identity.type: new maxLength 20",
            d -> identity(d, "type").put("maxLength", 20)),
        change(
            "v1alpha1 spec.identity.publicKey: changed pattern from"
                + " \"^[A-Za-z0-9+/]+={0,2}$\" to \"^a$\"",
            d -> identity(d, "publicKey").put("pattern", "^a$")),
        change(
            "v1alpha1 spec.identity.type: new pattern \"^[A-Z]\"",
            d -> identity(d, "type").put("pattern", "^[A-Z]")),
        change(
            "v1alpha1 spec: newly required identity",
            d ->
                part(d, "/spec/versions/0/schema/openAPIV3Schema/properties/spec")
                    .putArray("required")
                    .add("identity")),
        change(
            "v1alpha1 spec.suspend: new rule self",
            d ->
                property(d, "suspend")
                    .putArray("x-kubernetes-validations")
                    .addObject()
                    .put("rule", "self")
                    .put("message", "m")),
        change(
            "v1alpha1 status.conditions[].message: removed property",
            d ->
                part(
                        d,
                        "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties"
                            + "/conditions/items/properties")
                    .remove("message")),
        change(
            "v1alpha1 status.conditions: changed x-kubernetes-list-type from map to atomic",
            d ->
                part(
                        d,
                        "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties"
                            + "/conditions")
                    .remove("x-kubernetes-list-type")),
        change(
            "v1alpha1 status.facts.volumes: removed additionalProperties",
            d ->
                part(
                        d,
                        "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties"
                            + "/facts/properties/volumes")
                    .remove("additionalProperties")));
  }

  @ParameterizedTest
  @MethodSource("harmful")
  void whatBreaksStoredObjectsIsFound(String message, Consumer<ObjectNode> change) {
    assertThat(after(change)).extracting(b -> b.path() + ": " + b.what()).contains(message);
  }

  static Stream<Arguments> harmless() {
    return Stream.of(
        change("new property", d -> properties(d).putObject("note").put("type", "string")),
        change("new value", d -> ((ArrayNode) identity(d, "type").path("enum")).add("Tpm")),
        change("wider", d -> identity(d, "publicKey").put("maxLength", 8192)),
        change("no bound", d -> identity(d, "publicKey").remove("maxLength")),
        change(
            "a list that says that it is replaced as a whole",
            d -> ListType.ATOMIC.write(property(d, "suspend"))),
        change("no pattern", d -> identity(d, "publicKey").remove("pattern")),
        change("description", d -> property(d, "suspend").put("description", "Other.")),
        change(
            "required with a default",
            d ->
                part(d, "/spec/versions/0/schema/openAPIV3Schema/properties/spec")
                    .putArray("required")
                    .add("suspend")),
        change(
            "fewer rules",
            d ->
                part(d, "/spec/versions/0/schema/openAPIV3Schema/properties/spec")
                    .remove("x-kubernetes-validations")),
        change("columns", d -> version(d).remove("additionalPrinterColumns")),
        change(
            "new version",
            d ->
                SchemaParts.object(d.path("spec"))
                    .withArray("versions")
                    .addObject()
                    .put("name", "v1beta1")
                    .put("served", true)),
        change(
            "keeps unknown",
            d -> property(d, "decommission").put("x-kubernetes-preserve-unknown-fields", true)));
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void whatStoredObjectsDoNotNoticeIsLeftAlone(String name, Consumer<ObjectNode> change) {
    assertThat(after(change)).as(name).isEmpty();
  }

  @Test
  void aSchemaThatNoLongerKeepsUnknownFieldsIsFound() {
    ObjectNode released = SchemaFiles.definitions().get("appsandboxes.sandbar.dev");
    ObjectNode current = SchemaParts.object(released).deepCopy();
    part(current, "/spec/versions/0/schema/openAPIV3Schema/properties/spec")
        .remove("x-kubernetes-preserve-unknown-fields");
    assertThat(Compatibility.check(SchemaParts.object(released), current))
        .extracting(Break::what)
        .containsExactly("removed x-kubernetes-preserve-unknown-fields");
  }

  private static List<Break> after(Consumer<ObjectNode> change) {
    ObjectNode released = SchemaParts.object(SchemaFiles.definitions().get("devices.sandbar.dev"));
    ObjectNode current = released.deepCopy();
    change.accept(current);
    assertThat(current).as("the change changes something").isNotEqualTo(released);
    return Compatibility.check(released, current);
  }

  private static Arguments change(String name, Consumer<ObjectNode> change) {
    return Arguments.of(name, change);
  }

  private static ObjectNode part(ObjectNode definition, String pointer) {
    return SchemaParts.object(definition.at(pointer));
  }

  private static ObjectNode spec(ObjectNode definition) {
    return part(definition, "/spec");
  }

  private static ObjectNode names(ObjectNode definition) {
    return part(definition, "/spec/names");
  }

  private static ObjectNode version(ObjectNode definition) {
    return part(definition, "/spec/versions/0");
  }

  private static ObjectNode properties(ObjectNode definition) {
    return part(definition, "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");
  }

  private static ObjectNode property(ObjectNode definition, String name) {
    return SchemaParts.object(properties(definition).path(name));
  }

  private static ObjectNode identity(ObjectNode definition, String name) {
    return SchemaParts.object(property(definition, "identity").path("properties").path(name));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
  }
}
