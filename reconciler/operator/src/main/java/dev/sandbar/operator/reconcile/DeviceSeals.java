package dev.sandbar.operator.reconcile;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts what is sealed to a device into a spec, where it names values of Secrets.
 *
 * <p>To whom is decided by {@link SealRecipient}.
 */
final class DeviceSeals {
  private static final String SECRETS = "secrets";
  private static final String SEALED = "sealed";
  private static final String FROM = "from";

  private DeviceSeals() {}

  /**
   * The spec as the device gets it.
   *
   * @param values of all that it names
   * @param now the spec in its bundle, from which what has not changed is taken
   */
  static Node seal(Node spec, Map<SecretRef, SecretValue> values, AgeRecipient recipient, Node now)
      throws AgeException {
    var sealed = new HashMap<String, String>();
    for (Node entry : entries(now)) {
      sealed.put(text(entry, "name"), text(entry, SEALED));
    }
    var entries = new ArrayList<Node>();
    for (Node entry : entries(spec)) {
      entries.add(entry(entry, values, recipient, sealed));
    }
    return with(spec, SECRETS, Node.entry(SECRETS, Node.list(entries)));
  }

  private static Node entry(
      Node entry,
      Map<SecretRef, SecretValue> values,
      AgeRecipient recipient,
      Map<String, String> sealed)
      throws AgeException {
    Node named = field(field(entry, FROM), "secret");
    if (named.fields().isEmpty()) {
      return entry;
    }
    SecretValue value = values.get(new SecretRef(text(named, "name"), text(named, "key")));
    if (value == null) {
      throw new IllegalStateException("a value that was not read");
    }
    String now = sealed.getOrDefault(text(entry, "name"), "");
    return with(entry, FROM, Node.entry(SEALED, Node.text(value.sealed(recipient, now))));
  }

  private static Node with(Node node, String key, Node.Entry instead) {
    return node instanceof Node.Mapping(var at, var entries)
        ? new Node.Mapping(
            at, entries.stream().map(it -> it.key().equals(key) ? instead : it).toList())
        : node;
  }

  private static List<Node> entries(Node spec) {
    return field(spec, SECRETS) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  private static Node field(Node node, String key) {
    return node.fields().getOrDefault(key, Node.mapping(List.of()));
  }

  private static String text(Node node, String key) {
    return field(node, key) instanceof Node.Scalar(_, _, var text) ? text : "";
  }
}
