package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.SequencedMap;
import java.util.TreeMap;

/** What the CRD generator of fabric8 makes of the records and their annotations. */
final class RawDefinitions {

  private RawDefinitions() {}

  /** The definitions by name, for example {@code devices.sandbar.dev}. */
  static SequencedMap<String, ObjectNode> generate(Collection<Class<? extends HasMetadata>> kinds) {
    var files = new TreeMap<String, ByteArrayOutputStream>();
    var output =
        new CRDGenerator.CRDOutput<OutputStream>() {
          @Override
          public OutputStream outputFor(String name) {
            return files.computeIfAbsent(name, ignored -> new ByteArrayOutputStream());
          }

          @Override
          public void close() {}
        };
    new CRDGenerator()
        .customResourceClasses(kinds)
        .forCRDVersions("v1")
        .withImplicitPreserveUnknownFields(true)
        .withOutput(output)
        .generate();
    var definitions = new TreeMap<String, ObjectNode>();
    for (ByteArrayOutputStream file : files.values()) {
      ObjectNode definition =
          Serialization.unmarshal(file.toString(StandardCharsets.UTF_8), ObjectNode.class);
      definitions.put(definition.at("/metadata/name").asText(), definition);
    }
    return definitions;
  }
}
