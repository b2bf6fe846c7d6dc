package dev.sandbar.source;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.SecretRef;
import java.util.Set;
import java.util.function.BiFunction;

/** What {@code from} of a file, or of a secret, names. */
sealed interface ContentOrigin {

  /** A file beside the manifest. */
  record File(Location at, String path) implements ContentOrigin {}

  /** A value of a ConfigMap. */
  record Value(Location at, ConfigMapKey key) implements ContentOrigin {}

  /** A value of a Secret. */
  record Sealable(Location at, SecretRef ref) implements ContentOrigin {}

  /** An AppContent, and what is in it. */
  record Content(Location at, FileContent.Kept kept) implements ContentOrigin {}

  /** Nothing that can be understood. */
  record Wrong(Diagnostic error) implements ContentOrigin {}

  /** The one way to name a file. */
  String FILE = "file";

  /** The other one. */
  String CONFIG_MAP = "configMap";

  /** What only a GitSource writes. */
  String APP_CONTENT = "appContent";

  /** The other one of a secret. */
  String SECRET = "secret";

  /** What to write as that of a secret. */
  String SEALED_HELP =
      "write from: {file: secrets/pump.age}, with what 'sandbar secret seal' printed in it, or in a"
          + " fleet from: {secret: {name: mqtt, key: password}}";

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
        return reference(
            from.at(),
            configMap,
            field + "." + CONFIG_MAP,
            "ConfigMap",
            HELP,
            (name, key) -> new Value(from.at(), new ConfigMapKey(name, key)));
      }
      if (from.fields().get(APP_CONTENT) instanceof Node.Mapping content) {
        return KeptFiles.reference(content)
            .<ContentOrigin>map(kept -> new Content(from.at(), kept))
            .orElseGet(() -> wrong(from.at(), field + "." + APP_CONTENT + " is no content", HELP));
      }
    }
    return wrong(from.at(), field + " must name either a file or a key of a ConfigMap", HELP);
  }

  /** Reads that of a secret, which a ConfigMap cannot hold. */
  static ContentOrigin readSealed(Node from, String field) {
    if (from.fields().size() == 1) {
      if (from.fields().containsKey(FILE)) {
        return read(from, field);
      }
      if (from.fields().get(SECRET) instanceof Node.Mapping secret) {
        return reference(
            from.at(),
            secret,
            field + "." + SECRET,
            "Secret",
            SEALED_HELP,
            (name, key) -> new Sealable(from.at(), new SecretRef(name, key)));
      }
    }
    return wrong(
        from.at(),
        field + " must name either a file beside the manifest or a key of a Secret",
        SEALED_HELP);
  }

  private static ContentOrigin reference(
      Location at,
      Node named,
      String field,
      String kind,
      String help,
      BiFunction<String, String, ContentOrigin> made) {
    if (named.fields().containsKey("optional")) {
      return wrong(
          at,
          field + ".optional cannot be set",
          "remove it: while there is no value, what already runs stays as it is");
    }
    if (!named.fields().keySet().equals(Set.of("name", "key"))
        || !(named.fields().get("name") instanceof Node.Scalar(var nameAt, var _, var name))
        || !(named.fields().get("key") instanceof Node.Scalar(var keyAt, var _, var key))) {
      return wrong(at, field + " must have a name and a key, and nothing else", help);
    }
    if (!ConfigMapKey.isName(name)) {
      return wrong(
          nameAt,
          "%s.name: %s cannot be the name of a %s".formatted(field, SafeText.shown(name), kind),
          ConfigMapKey.NAME_HELP);
    }
    if (!ConfigMapKey.isKey(key)) {
      return wrong(
          keyAt,
          "%s.key: %s cannot be a key of a %s".formatted(field, SafeText.shown(key), kind),
          ConfigMapKey.KEY_HELP);
    }
    return made.apply(name, key);
  }

  private static ContentOrigin wrong(Location at, String message, String help) {
    return new Wrong(Diagnostic.error(Problem.WRONG_TYPE, at, message, help));
  }
}
