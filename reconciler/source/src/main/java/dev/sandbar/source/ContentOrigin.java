package dev.sandbar.source;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.Set;

/** What {@code from} of a file names. */
sealed interface ContentOrigin {

  /** A file beside the manifest. */
  record File(Location at, String path) implements ContentOrigin {}

  /** A value of a ConfigMap. */
  record Value(Location at, ConfigMapKey key) implements ContentOrigin {}

  /** Nothing that can be understood. */
  record Wrong(Diagnostic error) implements ContentOrigin {}

  /** The one way to name a file. */
  String FILE = "file";

  /** The other one. */
  String CONFIG_MAP = "configMap";

  /** What to write. */
  String HELP =
      "write from: {file: mosquitto.conf} or from: {configMap: {name: edge-conf, key:"
          + " mosquitto.conf}}";

  /**
   * Reads one.
   *
   * @param field its place, for messages
   */
  static ContentOrigin read(Node from, String field) {
    if (from.fields().size() == 1) {
      Node file = from.fields().getOrDefault(FILE, from);
      if (file instanceof Node.Scalar(Location at, Node.Kind kind, String path)
          && kind == Node.Kind.TEXT) {
        return new File(at, path);
      }
      if (from.fields().get(CONFIG_MAP) instanceof Node.Mapping configMap) {
        return configMap(from.at(), configMap, field + "." + CONFIG_MAP);
      }
    }
    return wrong(from.at(), field + " must name either a file or a key of a ConfigMap", HELP);
  }

  /** Reads that of a secret, which only a file can hold. */
  static ContentOrigin readSealed(Node from, String field) {
    return from.fields().size() == 1 && from.fields().containsKey(FILE)
        ? read(from, field)
        : wrong(
            from.at(),
            field + " must name a file beside the manifest",
            "write from: {file: secrets/pump.age}, with what 'sandbar secret seal' printed in it");
  }

  private static ContentOrigin configMap(Location at, Node configMap, String field) {
    if (configMap.fields().containsKey("optional")) {
      return wrong(
          at,
          field + ".optional cannot be set",
          "remove it: while there is no value, what already runs stays as it is");
    }
    if (!configMap.fields().keySet().equals(Set.of("name", "key"))
        || !(configMap.fields().get("name") instanceof Node.Scalar(var nameAt, var _, var name))
        || !(configMap.fields().get("key") instanceof Node.Scalar(var keyAt, var _, var key))) {
      return wrong(at, field + " must have a name and a key, and nothing else", HELP);
    }
    if (!ConfigMapKey.isName(name)) {
      return wrong(
          nameAt,
          "%s.name: %s cannot be the name of a ConfigMap".formatted(field, SafeText.shown(name)),
          ConfigMapKey.NAME_HELP);
    }
    if (!ConfigMapKey.isKey(key)) {
      return wrong(
          keyAt,
          "%s.key: %s cannot be a key of a ConfigMap".formatted(field, SafeText.shown(key)),
          ConfigMapKey.KEY_HELP);
    }
    return new Value(at, new ConfigMapKey(name, key));
  }

  private static ContentOrigin wrong(Location at, String message, String help) {
    return new Wrong(Diagnostic.error(Problem.WRONG_TYPE, at, message, help));
  }
}
