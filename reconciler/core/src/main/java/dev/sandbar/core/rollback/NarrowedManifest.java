package dev.sandbar.core.rollback;

import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionSpelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The manifest of an older version with the permissions, exceptions and restrictions that both it
 * and the newest one have: its program, image, files and limits stay as they are.
 */
final class NarrowedManifest {
  private static final String PERMISSIONS = "permissions";
  private static final String DIRECTIVES = "directives";
  private static final String CALLS = "systemCalls";

  /** Directives that open something. */
  private static final List<String> OPENERS = List.of("NetworkNamespacePath", "LimitMEMLOCK");

  private static final Node NONE = Node.mapping(List.of());

  private final Map<String, Node> older;
  private final Map<String, Node> newest;

  private NarrowedManifest(Node older, Node newest) {
    this.older = PermissionSpelling.plain(older).fields();
    this.newest = PermissionSpelling.plain(newest).fields();
  }

  /** Makes it. Whether it has no more than the newest one is for others to judge. */
  static Node of(Node older, Node newest) {
    Node spec =
        new NarrowedManifest(
                older.fields().getOrDefault("spec", NONE),
                newest.fields().getOrDefault("spec", NONE))
            .spec();
    var fields = new LinkedHashMap<>(older.fields());
    fields.put("spec", spec);
    return node(fields);
  }

  private static Node node(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream().map(it -> Node.entry(it.getKey(), it.getValue())).toList());
  }

  private Node spec() {
    var spec = new LinkedHashMap<>(older);
    if (!isOpen(newest)) {
      spec.remove("mode");
    }
    if (!isText(newest.get("enforcement"), EnforcementMode.PERMISSIVE.text())) {
      spec.remove("enforcement");
    }
    if (isText(newest.get("network"), Network.OWN.text())) {
      spec.put("network", Node.text(Network.OWN.text()));
    }
    put(spec, PERMISSIONS, permissions().orElse(NONE));
    put(spec, DIRECTIVES, directives().orElse(NONE));
    put(spec, CALLS, calls().orElse(NONE));
    put(
        spec,
        OpenedWall.KEY,
        Optional.ofNullable(older.get(OpenedWall.KEY))
            .flatMap(
                own ->
                    Optional.ofNullable(newest.get(OpenedWall.KEY))
                        .flatMap(declared -> common(own, declared)))
            .orElse(NONE));
    return node(spec);
  }

  private static void put(Map<String, Node> spec, String key, Node value) {
    spec.remove(key);
    if (value != NONE) {
      spec.put(key, value);
    }
  }

  private static boolean isText(@Nullable Node node, String wanted) {
    return node instanceof Node.Scalar(_, _, var text) && text.equals(wanted);
  }

  private static boolean isOpen(Map<String, Node> spec) {
    return isText(spec.get("mode"), "Open");
  }

  private Optional<Node> permissions() {
    Map<String, Node> before = older.getOrDefault(PERMISSIONS, NONE).fields();
    Map<String, Node> now = newest.getOrDefault(PERMISSIONS, NONE).fields();
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    var both = new LinkedHashMap<String, Node>();
    for (String key : keys) {
      permission(key, before, now).ifPresent(it -> both.put(key, it));
    }
    return both.isEmpty() ? Optional.empty() : Optional.of(node(both));
  }

  private Optional<Node> permission(String key, Map<String, Node> before, Map<String, Node> now) {
    Optional<Node> own = Optional.ofNullable(before.get(key));
    Optional<Node> declared = Optional.ofNullable(now.get(key));
    if (declared.filter(NarrowedManifest::isFalse).isPresent()) {
      return declared;
    }
    if (own.filter(NarrowedManifest::isFalse).isPresent()) {
      return own;
    }
    // It only narrows what internet opens.
    boolean narrows = key.equals(Permission.INTERNET_TO.key());
    if (own.isEmpty()) {
      return isOpen(older) || (narrows && before.containsKey(Permission.INTERNET.key()))
          ? declared
          : Optional.empty();
    }
    if (declared.isEmpty()) {
      return isOpen(newest) || (narrows && now.containsKey(Permission.INTERNET.key()))
          ? own
          : Optional.empty();
    }
    return common(own.get(), declared.get());
  }

  private static boolean isFalse(Node node) {
    return isText(node, "false");
  }

  /** What both of two values have; empty if that is nothing. */
  private static Optional<Node> common(Node own, Node declared) {
    if (isSame(own, declared)) {
      return Optional.of(own);
    }
    if (own instanceof Node.Sequence(_, var items)
        && declared instanceof Node.Sequence(_, var others)) {
      List<Node> kept =
          items.stream()
              .filter(it -> others.stream().anyMatch(other -> isSame(it, other)))
              .toList();
      return kept.isEmpty() ? Optional.empty() : Optional.of(Node.list(kept));
    }
    if (own instanceof Node.Mapping && declared instanceof Node.Mapping) {
      var kept = new LinkedHashMap<String, Node>();
      own.fields()
          .forEach(
              (key, value) ->
                  Optional.ofNullable(declared.fields().get(key))
                      .flatMap(it -> common(value, it))
                      .ifPresent(it -> kept.put(key, it)));
      return kept.isEmpty() ? Optional.empty() : Optional.of(node(kept));
    }
    return Optional.of(isText(declared, "true") ? own : declared);
  }

  /** Whether they say the same, wherever they stand. */
  private static boolean isSame(Node one, Node other) {
    return switch (one) {
      case Node.Scalar(_, _, var text) -> isText(other, text);
      case Node.Sequence(_, var items) ->
          other instanceof Node.Sequence(_, var others)
              && items.size() == others.size()
              && IntStream.range(0, items.size())
                  .allMatch(i -> isSame(items.get(i), others.get(i)));
      case Node.Mapping _ ->
          other instanceof Node.Mapping
              && one.fields().keySet().equals(other.fields().keySet())
              && one.fields().entrySet().stream()
                  .allMatch(
                      it -> isSame(it.getValue(), other.fields().getOrDefault(it.getKey(), NONE)));
    };
  }

  /**
   * Those that restrict count as the newest version has them, beside those that it does not name.
   */
  private Optional<Node> directives() {
    var all = new LinkedHashMap<>(older.getOrDefault(DIRECTIVES, NONE).fields());
    Map<String, Node> declared = newest.getOrDefault(DIRECTIVES, NONE).fields();
    OPENERS.forEach(
        name ->
            all.computeIfPresent(
                name,
                (_, own) ->
                    declared.get(name) instanceof Node now && isSame(own, now) ? own : null));
    declared.forEach(
        (name, value) -> {
          if (Withdrawal.restricts(name)) {
            all.put(name, value);
          }
        });
    return all.isEmpty() ? Optional.empty() : Optional.of(node(all));
  }

  private Optional<Node> calls() {
    Map<String, Node> own = older.getOrDefault(CALLS, NONE).fields();
    Map<String, Node> declared = newest.getOrDefault(CALLS, NONE).fields();
    var all = new LinkedHashMap<String, Node>();
    Optional<Node> allow =
        isOpen(newest)
            ? Optional.ofNullable(own.get("allow"))
            : own.containsKey("allow") && declared.containsKey("allow")
                ? common(own.getOrDefault("allow", NONE), declared.getOrDefault("allow", NONE))
                : Optional.empty();
    allow.ifPresent(it -> all.put("allow", it));
    var deny = new ArrayList<Node>();
    for (Map<String, Node> calls : List.of(own, declared)) {
      if (calls.get("deny") instanceof Node.Sequence(_, var items)) {
        items.stream()
            .filter(it -> deny.stream().noneMatch(other -> isSame(it, other)))
            .forEach(deny::add);
      }
    }
    if (!deny.isEmpty()) {
      all.put("deny", Node.list(deny));
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(node(all));
  }
}
