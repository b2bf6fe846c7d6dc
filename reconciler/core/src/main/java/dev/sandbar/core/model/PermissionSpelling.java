package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.function.UnaryOperator;

/**
 * The one spelling of a permission that every reader takes. A file may name it by its alias and say
 * yes and no; the schema of the Kubernetes API has the plain key with true and false alone.
 */
public final class PermissionSpelling {
  private PermissionSpelling() {}

  /** A spec with its permissions spelled so. What is none of a permission stays as it is. */
  public static Node plain(Node spec) {
    return each(
        spec,
        field -> {
          boolean permissions = field.key().equals("permissions");
          return permissions
              ? new Node.Entry(
                  field.keyAt(),
                  field.key(),
                  each(field.value(), PermissionSpelling::plainPermission))
              : field;
        });
  }

  private static Node.Entry plainPermission(Node.Entry entry) {
    return Permission.find(entry.key())
        .map(
            permission ->
                new Node.Entry(
                    entry.keyAt(), permission.key(), value(permission, entry.key(), entry.value())))
        .orElse(entry);
  }

  /** The value as it is written without words: YAML knows yes and no, its parsers may not. */
  static Node value(Permission permission, String key, Node value) {
    return value instanceof Node.Scalar scalar
        ? AliasSetting.plain(permission, key.equals(permission.alias()), scalar)
        : value;
  }

  private static Node each(Node node, UnaryOperator<Node.Entry> change) {
    if (!(node instanceof Node.Mapping(var at, var entries))) {
      return node;
    }
    var changed = new ArrayList<Node.Entry>();
    entries.forEach(entry -> changed.add(change.apply(entry)));
    return new Node.Mapping(at, changed);
  }
}
