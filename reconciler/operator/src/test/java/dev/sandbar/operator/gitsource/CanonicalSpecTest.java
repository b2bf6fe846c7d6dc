package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CanonicalSpecTest {
  private static final Path KIND =
      Path.of("../../charts/sandbar/crds/appsandboxes.sandbar.dev.yaml");

  /** A default that is missing here would look like a change by hand, on every object. */
  @Test
  void leavesOutExactlyWhatTheSchemaFillsIn() throws IOException {
    var kind = Serialization.unmarshal(Files.readString(KIND), CustomResourceDefinition.class);
    JSONSchemaProps spec =
        Objects.requireNonNull(
            kind.getSpec()
                .getVersions()
                .getFirst()
                .getSchema()
                .getOpenAPIV3Schema()
                .getProperties()
                .get("spec"));
    var defaults = new TreeMap<String, String>();
    collect("", spec, defaults);

    assertThat(defaults).isEqualTo(new TreeMap<>(CanonicalSpec.DEFAULTS));
  }

  /** Every object that an earlier release stored has it, whether Git says it or not. */
  @Test
  void whatTheSchemaOfEarlierReleasesFilledInIsNoChange() {
    assertThat(CanonicalSpec.spec(Map.of("drift", "Detect"))).isEmpty();
    assertThat(CanonicalSpec.spec(Map.of("drift", "Correct"))).containsKey("drift");
  }

  private static void collect(String path, JSONSchemaProps schema, Map<String, String> defaults) {
    if (schema.getDefault() != null) {
      defaults.put(path, schema.getDefault().asText());
    }
    if (schema.getProperties() != null) {
      schema
          .getProperties()
          .forEach(
              (name, property) ->
                  collect(path.isEmpty() ? name : path + "." + name, property, defaults));
    }
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      collect(path + "[]", schema.getItems().getSchema(), defaults);
    }
  }
}
