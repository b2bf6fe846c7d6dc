package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Services whose journal an app may read ({@code readLogs}), each by its whole name. */
public final class LogUnits {

  /**
   * Regular expression of their names, which fit into a request to the agent. A template has no
   * journal, only its instances have.
   */
  public static final String UNITS =
      "[A-Za-z0-9:_][A-Za-z0-9:_.-]{0,120}(@[A-Za-z0-9:_.-]{1,50})?[.]service";

  private static final Pattern UNIT = Pattern.compile(UNITS);

  private LogUnits() {}

  /** Whether text is the name of a service whose journal can be read. */
  public static boolean isValid(String text) {
    return UNIT.matcher(text).matches() && UnitName.isValid(text);
  }

  static Optional<Objection> objection(String text) {
    return isValid(text)
        ? Optional.empty()
        : Optional.of(
            new Objection(
                Problem.INVALID_VALUE,
                "is not the name of a service",
                "write the whole name, such as mosquitto.service; that of app pump is"
                    + " sandbar-pump.service"));
  }

  static void check(Permissions permissions, List<Diagnostic> found) {
    permissions
        .get(Permission.READ_LOGS)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Units(List<UnitName> units)) {
                var names = new HashSet<UnitName>();
                units.stream()
                    .filter(it -> !names.add(it))
                    .forEach(
                        it ->
                            found.add(
                                PermissionRules.conflict(
                                    request,
                                    "readLogs lists %s twice".formatted(it),
                                    "remove one of them")));
              }
            });
  }

  /**
   * What a spec names, which need not be one that is read.
   *
   * @return name, empty where none can be read, to where it stands
   */
  public static SortedMap<String, Location> named(Node spec) {
    var named = new TreeMap<String, Location>();
    Node permissions = spec.fields().getOrDefault("permissions", Node.mapping(List.of()));
    for (String key : List.of(Permission.READ_LOGS.key(), Permission.READ_LOGS.alias())) {
      Node written = permissions.fields().getOrDefault(key, Node.flag(false));
      Node value = PermissionSpelling.value(Permission.READ_LOGS, key, written);
      switch (value) {
        case Node.Sequence(_, var items) ->
            items.forEach(
                item ->
                    named.put(item instanceof Node.Scalar(_, _, var text) ? text : "", item.at()));
        case Node.Scalar(_, _, var text) when text.equals("false") -> {}
        case Node.Scalar _, Node.Mapping _ -> named.put("", value.at());
      }
    }
    return named;
  }
}
