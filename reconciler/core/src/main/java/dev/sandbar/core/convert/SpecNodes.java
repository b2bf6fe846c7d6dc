package dev.sandbar.core.convert;

import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parts of a manifest that is a document. */
final class SpecNodes {

  private static final String DIRECTIVES = "directives";
  private static final String PERMISSIONS = "permissions";

  /** What stands before permissions, as people write it. */
  private static final Set<String> BEFORE = Set.of("run", "image", "mode");

  private static final Node NOTHING = Node.mapping(List.of());

  private SpecNodes() {}

  /** What it says of directives. */
  static Node directives(Node manifest) {
    return part(manifest, DIRECTIVES);
  }

  /** What it says of permissions. */
  static Node permissions(Node manifest) {
    return part(manifest, PERMISSIONS);
  }

  private static Node part(Node manifest, String part) {
    return manifest.fields().getOrDefault("spec", NOTHING).fields().getOrDefault(part, NOTHING);
  }

  /** With one more permission. */
  static Node with(Node manifest, String permission, Node value) {
    var all = new ArrayList<>(entries(permissions(manifest)));
    all.add(Node.entry(permission, value));
    return changed(
        manifest,
        "spec",
        spec -> {
          var fields = new ArrayList<>(without(entries(spec), PERMISSIONS));
          int at = 0;
          while (at < fields.size() && BEFORE.contains(fields.get(at).key())) {
            at++;
          }
          fields.add(at, Node.entry(PERMISSIONS, Node.mapping(all)));
          return Node.mapping(fields);
        });
  }

  /** Without the permission, and without a map of them if it was the last one. */
  static Node withoutPermission(Node manifest, String permission) {
    return without(manifest, PERMISSIONS, permission);
  }

  /** Without any directive. */
  static Node without(Node manifest) {
    return changed(manifest, "spec", spec -> Node.mapping(without(entries(spec), DIRECTIVES)));
  }

  /** With these directives, where it has none. */
  static Node with(Node manifest, Node directives) {
    return entries(directives).isEmpty()
        ? manifest
        : changed(
            manifest,
            "spec",
            spec -> {
              var fields = new ArrayList<>(entries(spec));
              fields.add(Node.entry(DIRECTIVES, directives));
              return Node.mapping(fields);
            });
  }

  /** Without the directive, and without a map of them if it was the last one. */
  static Node without(Node manifest, String directive) {
    return without(manifest, DIRECTIVES, directive);
  }

  private static Node without(Node manifest, String part, String key) {
    List<Node.Entry> left = without(entries(part(manifest, part)), key);
    return changed(
        manifest,
        "spec",
        spec ->
            left.isEmpty()
                ? Node.mapping(without(entries(spec), part))
                : changed(spec, part, _ -> Node.mapping(left)));
  }

  private static List<Node.Entry> without(List<Node.Entry> entries, String key) {
    return entries.stream().filter(it -> !it.key().equals(key)).toList();
  }

  private static List<Node.Entry> entries(Node node) {
    return node instanceof Node.Mapping(_, var entries) ? entries : List.of();
  }

  private static Node changed(
      Node node, String key, java.util.function.UnaryOperator<Node> change) {
    return Node.mapping(
        entries(node).stream()
            .map(
                it ->
                    it.key().equals(key)
                        ? new Node.Entry(it.keyAt(), it.key(), change.apply(it.value()))
                        : it)
            .toList());
  }
}
