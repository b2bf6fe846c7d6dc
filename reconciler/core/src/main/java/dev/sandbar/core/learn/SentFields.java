package dev.sandbar.core.learn;

import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The fields of a spec that no observation is the reason for. */
final class SentFields {

  private static final String METADATA = "metadata";
  private static final String PERMISSIONS = "permissions";
  private static final String CALLS = "systemCalls";
  private static final String ALLOW = "allow";

  /** Maps of which each key says something of its own. */
  private static final Set<String> OPENED = Set.of(PERMISSIONS, CALLS, "run", "directives");

  private SentFields() {}

  /**
   * The fields, as paths in the spec, and of the object around it where that was sent too.
   *
   * @param calls that the service was seen to make, and no permission is for
   */
  static List<String> of(LearnedSpec learned, Set<String> calls) {
    var found = new ArrayList<String>();
    Node spec = learned.manifest().fields().getOrDefault("spec", Node.mapping(List.of()));
    for (Map.Entry<String, Node> field : spec.fields().entrySet()) {
      String key = field.getKey();
      if (!OPENED.contains(key)) {
        found.add(key);
        continue;
      }
      for (Map.Entry<String, Node> inner : field.getValue().fields().entrySet()) {
        boolean seen =
            switch (key) {
              case PERMISSIONS ->
                  learned.reasons().containsKey(inner.getKey()) || isFalse(inner.getValue());
              case CALLS -> inner.getKey().equals(ALLOW) && isOf(inner.getValue(), calls);
              default -> false;
            };
        if (!seen) {
          found.add(key + "." + inner.getKey());
        }
      }
    }
    return found;
  }

  /** What the object says of itself, its name for one: another app may have that. */
  static List<String> around(LearnedSpec learned) {
    return learned
        .manifest()
        .fields()
        .getOrDefault(METADATA, Node.mapping(List.of()))
        .fields()
        .keySet()
        .stream()
        .map(key -> METADATA + "." + key)
        .toList();
  }

  private static boolean isFalse(Node value) {
    return value instanceof Node.Scalar(_, var kind, var text)
        && kind == Node.Kind.BOOLEAN
        && text.equals("false");
  }

  private static boolean isOf(Node list, Set<String> calls) {
    return list instanceof Node.Sequence(_, var items)
        && items.stream()
            .allMatch(item -> item instanceof Node.Scalar(_, _, var text) && calls.contains(text));
  }
}
