package dev.sandbar.core.convert;

import dev.sandbar.core.model.Node;
import java.util.List;

/** Parts of a manifest that is a document. */
final class SpecNodes {

  private SpecNodes() {}

  /** What it says of directives. */
  static Node directives(Node manifest) {
    Node nothing = Node.mapping(List.of());
    return manifest
        .fields()
        .getOrDefault("spec", nothing)
        .fields()
        .getOrDefault("directives", nothing);
  }

  /** Without the directive, and without a map of them if it was the last one. */
  static Node without(Node manifest, String directive) {
    return changed(
        manifest,
        "spec",
        spec -> {
          Node fewer = changed(directives(manifest), directive, _ -> Node.mapping(List.of()));
          Node left =
              Node.mapping(
                  entries(fewer).stream().filter(it -> !it.key().equals(directive)).toList());
          return entries(left).isEmpty()
              ? Node.mapping(
                  entries(spec).stream().filter(it -> !it.key().equals("directives")).toList())
              : changed(spec, "directives", _ -> left);
        });
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
