package dev.sandbar.cli.document;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Node;
import java.util.Arrays;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The facts of a device as a document. */
public final class FactsDocument {
  /** The kind of a document that holds facts alone. */
  static final String KIND = "DeviceFacts";

  private FactsDocument() {}

  /** The document. */
  public static Node write(DeviceFacts facts) {
    var document = Envelope.of(KIND);
    body(facts, document);
    return document.build();
  }

  static void body(DeviceFacts facts, MappingBuilder to) {
    var groups = new MappingBuilder();
    facts.syscallGroups().forEach(groups::texts);
    to.put("systemdVersion", facts.systemdVersion())
        .put("kernel", facts.kernel())
        .put("architecture", facts.architecture())
        .texts("features", facts.features().stream().map(Feature::name).toList())
        .texts("labels", facts.labels())
        .texts("volumes", facts.volumes())
        .put("syscallGroups", groups.build())
        .texts("knownSyscalls", facts.knownSyscalls());
  }

  static DeviceFacts read(Fields fields) {
    Set<String> known =
        Arrays.stream(Feature.values()).map(Feature::name).collect(Collectors.toSet());
    // A feature that a newer Sandbar proved and this one has never heard of is no use here.
    var features = new TreeSet<Feature>();
    for (String name : fields.list("features", Fields::text)) {
      if (known.contains(name)) {
        features.add(Feature.valueOf(name));
      }
    }
    return new DeviceFacts(
        fields.count("systemdVersion"),
        fields.text("kernel"),
        fields.text("architecture"),
        features,
        fields.map("syscallGroups", FactsDocument::names),
        names(fields.get("knownSyscalls")),
        fields.map("labels", Fields::text),
        fields.map("volumes", Fields::text));
  }

  private static SortedSet<String> names(Node node) {
    return Fields.items(node).stream()
        .map(Fields::text)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
