package dev.sandbar.core.convert;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveInfo.Role;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Where an app differs from its unit although every line was taken in. */
final class UnitDifferences {

  private static final String TEMPORARY = "PrivateTmp";

  /** What every app has, and no unit says. */
  private static final Set<String> OF_APPS = Set.of("Slice", "SetLoginEnvironment");

  /** Written where another line is. */
  private static final Map<String, String> BY =
      Map.of("BindReadOnlyPaths", "ProtectKernelTunables");

  private final UnitFile unit;
  private final Mode mode;
  private final SortedMap<String, Value> wanted;
  private final SortedMap<String, Value> has;
  private final Set<Integer> known = new HashSet<>();

  /**
   * @param known lines that are named already
   */
  UnitDifferences(UnitFile unit, UnitName name, Mode mode, CompiledApp app, List<Left> known) {
    this.unit = unit;
    this.mode = mode;
    this.wanted = PermissionWords.effective(unit, name);
    this.has = app.effective();
    known.forEach(it -> this.known.add(it.line()));
  }

  /** Lines of which something else of the app makes more. */
  List<Left> ofLines() {
    var found = new LinkedHashMap<String, Left>();
    for (Line line : unit.lines()) {
      String name = line.name();
      boolean root = name.equals("User") && line.value().matches("root|0");
      if (!root && !known.contains(line.number()) && isCompared(name) && differs(name)) {
        found.putIfAbsent(
            name, left(line, "the app has %s by its own user or type".formatted(shown(name))));
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * What the app has beside its lines: in open mode whatever else there is, in closed mode, which
   * closes more than the unit, what is no tighter.
   */
  List<Left> beside() {
    var found = new ArrayList<Left>();
    for (String name : has.keySet()) {
      Optional<Line> said = last(name);
      boolean open = mode == Mode.OPEN && said.isEmpty();
      boolean closed = mode == Mode.CLOSED && said.isPresent() && !isTighter(name);
      boolean named = said.filter(it -> known.contains(it.number())).isPresent();
      if ((open || closed)
          && !named
          && isCompared(name)
          && !OF_APPS.contains(name)
          && differs(name)) {
        String help = "is kept, and the app has " + shown(name);
        found.add(
            said.or(() -> last(BY.getOrDefault(name, "")))
                .map(it -> left(it, help))
                .orElseGet(() -> new Left(0, name, "the app has " + shown(name))));
      }
    }
    temporary().ifPresent(found::add);
    return found;
  }

  /** Of this systemd reads more out of the unit than its own line. */
  private Optional<Left> temporary() {
    boolean alone =
        last("DefaultDependencies").filter(it -> it.value().matches("no|false|off|0")).isPresent();
    return last(TEMPORARY)
        .filter(it -> alone && it.value().equals("yes") && !known.contains(it.number()))
        .map(
            it ->
                left(
                    it,
                    "from systemd 257 on it is disconnected in a unit without default dependencies:"
                        + " write directives: {PrivateTmp: disconnected}"));
  }

  private Optional<Line> last(String name) {
    return unit.lines().stream().filter(it -> it.name().equals(name)).reduce((_, last) -> last);
  }

  private static Left left(Line line, String help) {
    return new Left(line.number(), line.name() + "=" + line.value(), help);
  }

  private String shown(String name) {
    return name + "=" + Optional.ofNullable(has.get(name)).map(Value::show).orElse("");
  }

  private boolean differs(String name) {
    Value before = wanted.get(name);
    Value after = has.get(name);
    return before != null && after != null && !before.equals(after);
  }

  private boolean isTighter(String name) {
    Value before = wanted.get(name);
    Value after = has.get(name);
    return before != null
        && after != null
        && DirectiveTable.find(name)
            .filter(UnitDifferences::isOfSandbox)
            .filter(it -> Tightness.closes(it, before, after))
            .isPresent();
  }

  private static boolean isCompared(String directive) {
    return directive.equals("NotifyAccess")
        || DirectiveTable.find(directive).filter(UnitDifferences::isOfSandbox).isPresent();
  }

  private static boolean isOfSandbox(DirectiveInfo directive) {
    return directive.role() == Role.SANDBOX;
  }
}
