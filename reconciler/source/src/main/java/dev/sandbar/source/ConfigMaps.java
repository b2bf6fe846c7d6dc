package dev.sandbar.source;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ConfigMaps among the documents of a source, by name: their namespace means nothing outside of
 * a cluster. They are no apps, and one that nobody names is nobody's business.
 */
public final class ConfigMaps {

  private final Map<String, List<Node>> documents = new HashMap<>();

  /** Whether a document is a ConfigMap. */
  public static boolean isConfigMap(Node document) {
    return text(document, "apiVersion").equals("v1") && text(document, "kind").equals("ConfigMap");
  }

  /** Takes the ConfigMaps among these documents. */
  public void addAll(List<Node> found) {
    for (Node document : found) {
      if (isConfigMap(document)) {
        String name = text(field(document, "metadata"), "name");
        documents.computeIfAbsent(name, _ -> new ArrayList<>()).add(document);
      }
    }
  }

  /** The value that is meant. */
  public Included value(ConfigMapKey wanted) {
    List<Node> found = documents.getOrDefault(wanted.name(), List.of());
    if (found.isEmpty()) {
      return new Included.Unusable(
          "is missing: none of the files declares the ConfigMap",
          "add it to the manifests: {apiVersion: v1, kind: ConfigMap, metadata: {name: %s}, data: {%s: TEXT}}"
              .formatted(wanted.name(), wanted.key()));
    }
    if (found.size() > 1) {
      return new Included.Unusable(
          "is ambiguous: the ConfigMap is declared at %s and at %s"
              .formatted(found.get(0).at(), found.get(1).at()),
          "remove or rename one of the two");
    }
    Node document = found.getFirst();
    if (field(document, "binaryData").fields().containsKey(wanted.key())) {
      return binary();
    }
    Node value = field(document, "data").fields().get(wanted.key());
    return switch (value) {
      case null -> noKey(wanted, "at " + document.at());
      case Node.Scalar(_, var kind, var text) when kind == Node.Kind.TEXT ->
          FoundContent.text(text);
      case Node other -> notText(other.at());
    };
  }

  /** A ConfigMap without the key. */
  public static Included noKey(ConfigMapKey wanted, String where) {
    return new Included.Unusable(
        "is missing: the ConfigMap %s has no such key in its data".formatted(where),
        "add " + wanted.key() + " to its data, or name another key");
  }

  /** A value that is not text by declaration. */
  public static Included binary() {
    return new Included.Unusable(
        "is in binaryData, and files are text",
        "move it to data, or put the file into the image or into a volume");
  }

  private static Included notText(Location at) {
    return new Included.Unusable("is not text, at " + at, "put it in quotes, or after |");
  }

  private static Node field(Node node, String key) {
    return node.fields().getOrDefault(key, Node.mapping(List.of()));
  }

  private static String text(Node node, String key) {
    return field(node, key) instanceof Node.Scalar(_, _, var text) ? text : "";
  }
}
