package dev.sandbar.bench;

import dev.sandbar.core.model.Node;
import java.time.Instant;
import java.util.List;

/** What the agent last reported. */
record Status(Node document) {

  private static String text(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, String text) ? text : "";
  }

  private static List<Node> list(Node node, String key) {
    return node.fields().get(key) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  Instant writtenAt() {
    return Instant.parse(text(document, "writtenAt"));
  }

  /** Of the source, as last fetched. */
  String revision() {
    return source("revision");
  }

  private String source(String key) {
    Node source = document.fields().get("source");
    return source == null ? "" : text(source, key);
  }

  /** So many apps run and have been read back as declared. */
  long applied() {
    return list(document, "apps").stream()
        .filter(app -> !text(app, "generation").isEmpty())
        .filter(
            app ->
                condition(app, "Healthy").equals("True")
                    && condition(app, "Drifted").equals("False"))
        .count();
  }

  long apps() {
    return list(document, "apps").size();
  }

  boolean drifted(String name) {
    return list(document, "apps").stream()
        .anyMatch(app -> text(app, "name").equals(name) && !list(app, "drift").isEmpty());
  }

  boolean anyDrifted() {
    return list(document, "apps").stream().anyMatch(app -> !list(app, "drift").isEmpty());
  }

  private static String condition(Node app, String type) {
    return list(app, "conditions").stream()
        .filter(condition -> text(condition, "type").equals(type))
        .map(condition -> text(condition, "status"))
        .findFirst()
        .orElse("");
  }
}
