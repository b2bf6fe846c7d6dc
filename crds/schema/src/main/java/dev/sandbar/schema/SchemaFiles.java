package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.catalog.DeviceClasses;
import dev.sandbar.core.model.Permission;
import dev.sandbar.crds.v1alpha1.AppContent;
import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceBundle;
import dev.sandbar.crds.v1alpha1.DeviceQuery;
import dev.sandbar.crds.v1alpha1.FleetHistory;
import dev.sandbar.crds.v1alpha1.GitSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of the chart that are made from the code. */
public final class SchemaFiles {

  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of(
          "appcontents.sandbar.dev", AppContent.class,
          "appsandboxes.sandbar.dev", AppSandbox.class,
          "devices.sandbar.dev", Device.class,
          "devicebundles.sandbar.dev", DeviceBundle.class,
          "devicequeries.sandbar.dev", DeviceQuery.class,
          "fleethistories.sandbar.dev", FleetHistory.class,
          "gitsources.sandbar.dev", GitSource.class);

  private SchemaFiles() {}

  /** Their texts by path below the chart. */
  public static SequencedMap<String, String> all() {
    var files = new TreeMap<String, String>();
    definitions()
        .forEach(
            (name, definition) ->
                files.put("crds/" + name + ".yaml", YamlText.of(List.of(definition))));
    files.put("files/admission.yaml", YamlText.of(admission()));
    files.put("files/permissions.yaml", YamlText.of(List.of(permissions())));
    return Collections.unmodifiableSequencedMap(files);
  }

  private static List<ObjectNode> admission() {
    return Stream.concat(AdmissionPolicy.documents().stream(), GitSourcePolicy.documents().stream())
        .toList();
  }

  /**
   * Releases before these were maps had text there, and filled in that of drift. With a type the
   * API server could no longer merge changes into such an object; the admission policy refuses text
   * in new ones.
   */
  private static void gitSource(ObjectNode definition) {
    JsonNode spec =
        definition.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");
    for (String field : List.of("ref", "drift")) {
      ObjectNode schema = SchemaParts.object(spec.path(field));
      schema.remove("type");
      schema.put("x-kubernetes-preserve-unknown-fields", true);
      // Of a value without a type each bound holds for values of its own kind.
      schema.put("maxLength", 255);
    }
  }

  /** What the chart must know of the permissions to render the policy of a fleet. */
  private static ObjectNode permissions() {
    ObjectNode table = JsonNodeFactory.instance.objectNode();
    for (Permission permission : Permission.values()) {
      ObjectNode row = table.putObject(permission.key());
      row.put("alias", permission.alias())
          .put("level", permission.level().text())
          .put("listedWithRaw", permission.isListedWithRaw());
      if (DeviceClasses.permissions().contains(permission)) {
        row.put("hardware", true);
        Optional<String> nodes =
            permission == Permission.DEVICES
                ? Optional.of(DeviceClasses.otherNames())
                : DeviceClasses.names(permission);
        nodes.ifPresent(names -> row.put("nodes", names));
      }
    }
    return table;
  }

  /** The definitions by name, for example {@code devices.sandbar.dev}. */
  static SequencedMap<String, ObjectNode> definitions() {
    SequencedMap<String, ObjectNode> definitions = RawDefinitions.generate(KINDS.values());
    definitions.forEach(
        (name, definition) -> {
          Class<? extends HasMetadata> kind = KINDS.get(name);
          if (kind == null) {
            throw new IllegalStateException("a definition of no kind: " + name);
          }
          CrdPostProcessor.finish(kind, definition);
        });
    StatusBounds.write(definitions);
    AppSandboxSchema.write(SchemaParts.object(definitions.get("appsandboxes.sandbar.dev")));
    gitSource(SchemaParts.object(definitions.get("gitsources.sandbar.dev")));
    ObjectNode device = SchemaParts.object(definitions.get("devices.sandbar.dev"));
    String spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/";
    MaintenanceRules.addHold(SchemaParts.object(device.at(spec + "hold")));
    VariableRules.given(SchemaParts.object(device.at(spec + "variables")));
    // A rule of the status itself is not asked where there is none any more.
    SchemaParts.rule(
        SchemaParts.object(
            SchemaParts.object(definitions.get("devicequeries.sandbar.dev"))
                .at("/spec/versions/0/schema/openAPIV3Schema")),
        "!has(oldSelf.status) || (has(self.status) && self.status == oldSelf.status)",
        "a query is answered once");
    ListTypes.named(SchemaParts.object(definitions.get("appsandboxes.sandbar.dev")));
    definitions.values().forEach(ListTypes::atomic);
    return definitions;
  }
}
