package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.compile.DirectiveTables;
import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.SpecBounds;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The schema of {@code directives}: every directive that the compiler lets through, by name. */
final class DirectiveSchema {

  private static final Map<String, String> FILTERS =
      Map.of(
          "IPAddressAllow",
          "Addresses that packets may come from and go to, within what the permissions allow.",
          "IPAddressDeny",
          "Addresses that no packet may come from or go to, unless IPAddressAllow names them.",
          "NetworkNamespacePath",
          "The network namespace that the app is in: /run/netns/NAME.",
          "PrivateNetwork",
          "Whether the app has no network but a loopback of its own: yes or no.",
          "RestrictAddressFamilies",
          "Socket families that the app may use, or with a leading ~ may not: ~AF_PACKET.",
          "RestrictNamespaces",
          "Kinds of namespaces that the app may make, or with a leading ~ may not; yes for none.",
          "RootImage",
          "A root file system that nobody verifies; image, with its digest, is better.",
          "SystemCallFilter",
          "System calls and @groups that alone may be called, or with a leading ~ may not be.");

  private DirectiveSchema() {}

  /** The names of all directives that the compiler knows, sorted. */
  static List<String> names() {
    var names = new TreeSet<>(DirectiveTables.filters());
    names.addAll(DirectiveTables.switches());
    names.addAll(DirectiveTables.settings(Mode.CLOSED).keySet());
    return List.copyOf(names);
  }

  static void write(ObjectNode directives) {
    directives.put("type", "object");
    directives.put("maxProperties", SpecBounds.MOST_ITEMS);
    ObjectNode properties = directives.putObject("properties");
    descriptions()
        .forEach(
            (name, description) ->
                properties
                    .putObject(name)
                    .put("description", description)
                    .put("nullable", true)
                    .put("x-kubernetes-preserve-unknown-fields", true)
                    // Of a value without a type each bound holds for values of its own kind.
                    .put("maxLength", SpecBounds.LONGEST_TEXT)
                    .put("maxItems", SpecBounds.MOST_ITEMS)
                    .putObject("items")
                    .put("x-kubernetes-preserve-unknown-fields", true)
                    .put("maxLength", SpecBounds.LONGEST_TEXT));
  }

  private static Map<String, String> descriptions() {
    var descriptions = new TreeMap<String, String>();
    for (String name : DirectiveTables.filters()) {
      String description = FILTERS.get(name);
      if (description == null) {
        throw new IllegalStateException("a directive without a description: " + name);
      }
      descriptions.put(name, description);
    }
    for (String name : DirectiveTables.switches()) {
      descriptions.put(name, "Yes or no; on in Closed mode.");
    }
    DirectiveTables.settings(Mode.CLOSED)
        .forEach(
            (name, closed) -> {
              String open = DirectiveTables.settings(Mode.OPEN).getOrDefault(name, closed).shown();
              descriptions.put(
                  name,
                  open.equals(closed.shown())
                      ? "Write " + closed.shown() + "."
                      : "Write %s. In Open mode: %s.".formatted(closed.shown(), open));
            });
    return descriptions;
  }
}
