package dev.sandbar.device.systemd;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.Fields;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Facts of a device as a document, to be saved and used on another machine. */
public final class FactsJson {

  private FactsJson() {}

  /** As a document. */
  public static Node toNode(DeviceFacts facts) {
    var groups = new ArrayList<Node.Entry>();
    facts.syscallGroups().forEach((name, calls) -> groups.add(Fields.entry(name, names(calls))));
    return Fields.mapping(
        List.of(
            Fields.entry("systemdVersion", Node.number(facts.systemdVersion())),
            Fields.entry("kernel", Node.text(facts.kernel())),
            Fields.entry("architecture", Node.text(facts.architecture())),
            Fields.entry("features", names(facts.features().stream().map(Feature::name).toList())),
            Fields.entry("labels", Fields.texts(facts.labels())),
            Fields.entry("volumes", Fields.texts(facts.volumes())),
            Fields.entry("syscallGroups", Fields.mapping(groups)),
            Fields.entry("knownSyscalls", names(facts.knownSyscalls()))));
  }

  /**
   * From a document. Features that this version of Sandbar does not know are left out.
   *
   * @throws IllegalArgumentException if it does not describe a device
   */
  public static DeviceFacts fromNode(Node node) {
    Fields fields = Fields.of(node);
    int version = (int) fields.number("systemdVersion");
    if (version <= 0 || fields.text("kernel").isEmpty()) {
      throw new IllegalArgumentException(
          "these are no facts of a device: systemdVersion or kernel is missing;"
              + " make them on the device with 'sandbar facts'");
    }
    var features = new TreeSet<Feature>();
    for (Feature feature : Feature.values()) {
      if (texts(fields.items("features")).contains(feature.name())) {
        features.add(feature);
      }
    }
    var groups = new TreeMap<String, SortedSet<String>>();
    for (Node.Entry entry : fields.entries("syscallGroups")) {
      if (entry.value() instanceof Node.Sequence calls) {
        groups.put(entry.key(), texts(calls.items()));
      }
    }
    return new DeviceFacts(
        version,
        fields.text("kernel"),
        fields.text("architecture"),
        features,
        groups,
        texts(fields.items("knownSyscalls")),
        pairs(fields.entries("labels")),
        pairs(fields.entries("volumes")));
  }

  private static Node names(Collection<String> names) {
    return Node.list(names.stream().map(Node::text).toList());
  }

  private static SortedSet<String> texts(List<Node> items) {
    var texts = new TreeSet<String>();
    items.forEach(item -> texts.add(Fields.text(item)));
    return texts;
  }

  private static SortedMap<String, String> pairs(List<Node.Entry> entries) {
    var pairs = new TreeMap<String, String>();
    entries.forEach(entry -> pairs.put(entry.key(), Fields.text(entry.value())));
    return pairs;
  }
}
