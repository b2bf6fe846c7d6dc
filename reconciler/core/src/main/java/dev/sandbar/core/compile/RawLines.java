package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.OpenableDirectives;
import dev.sandbar.core.model.OpenableDirectives.Opening;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * Puts what {@code raw:} opens into the lines of a unit, and checks by what the unit then comes to
 * that each entry opens its own wall, all of it that it names, and no other.
 */
final class RawLines {

  private static final String RIGHTS = "AmbientCapabilities";

  private final AppSpec app;
  private final RawWalls walls;
  private final Effective.Context context;
  private final Complaints complaints;

  RawLines(AppSpec app, RawWalls walls, Effective.Context context, Complaints complaints) {
    this.app = app;
    this.walls = walls;
    this.context = context;
    this.complaints = complaints;
  }

  /** The lines with all that is opened. */
  List<Directive> opened(List<Directive> lines) {
    if (walls.isNone()) {
      return lines;
    }
    List<Directive> all = without(lines, "");
    SortedMap<String, Value> after = effective(all);
    for (OpenedWall wall : app.raw()) {
      if (walls.words().containsKey(wall.directive())) {
        check(wall, effective(without(lines, wall.directive())), after);
      }
    }
    rights(all, after);
    return all;
  }

  /** The lines with all that is opened but the wall of this directive. */
  private List<Directive> without(List<Directive> lines, String directive) {
    var opened = new ArrayList<>(lines);
    walls
        .words()
        .forEach(
            (name, words) -> {
              if (!name.equals(directive)) {
                open(opened, name, words);
              }
            });
    return List.copyOf(opened);
  }

  private static void open(List<Directive> lines, String name, List<String> words) {
    Opening opening = OpenableDirectives.find(name).orElseThrow();
    switch (opening) {
      case Opening.Off(), Opening.Words _ -> {
        // An explicit word is seen in the unit and read back, where a missing line would not be.
        int at = first(lines, name);
        lines.removeIf(line -> line.name().equals(name));
        lines.add(at, line(name, words));
      }
      case Opening.Names _ -> names(lines, name, words);
      case Opening.Calls() -> lines.add(beforeDenied(lines), line(name, words));
    }
  }

  /** One line with what permissions open and what the entry adds. */
  private static void names(List<Directive> lines, String name, List<String> words) {
    var all = new TreeSet<String>();
    int at = first(lines, name);
    lines.stream()
        .filter(line -> line.name().equals(name))
        .filter(line -> !line.value().isEmpty() && !line.value().matches("none|yes"))
        .forEach(line -> all.addAll(List.of(line.value().split(" "))));
    all.addAll(words);
    lines.removeIf(line -> line.name().equals(name));
    lines.add(at, line(name, List.copyOf(all)));
  }

  /** What the spec denies by name stays denied: the last line wins (systemd.exec(5)). */
  private static int beforeDenied(List<Directive> lines) {
    int at = 0;
    for (int i = 0; i < lines.size(); i++) {
      Directive line = lines.get(i);
      boolean filter = line.name().equals(RawWalls.FILTER);
      boolean denied = line.value().startsWith("~") && !line.because().equals(Draft.DEFAULT);
      if (filter && !denied) {
        at = i + 1;
      }
    }
    return at;
  }

  /** Where the first line of that name is; at the end of its section if there is none. */
  private static int first(List<Directive> lines, String name) {
    int end = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).name().equals(name)) {
        return i;
      }
      if (lines.get(i).section().equals(Draft.SERVICE)) {
        end = i + 1;
      }
    }
    return end;
  }

  private static Directive line(String name, List<String> words) {
    return new Directive(Draft.SERVICE, name, EscapedText.words(words).text(), OpenedWall.KEY);
  }

  private SortedMap<String, Value> effective(List<Directive> lines) {
    return Effective.of(
        lines.stream()
            .filter(line -> !line.section().equals(Draft.INSTALL))
            .map(line -> new Effective.Setting(line.name(), line.value()))
            .toList(),
        context);
  }

  private void check(
      OpenedWall wall, SortedMap<String, Value> before, SortedMap<String, Value> after) {
    String name = wall.directive();
    if (Optional.ofNullable(before.get(name)).equals(Optional.ofNullable(after.get(name)))) {
      complaints.error(
          Problem.CONFLICT,
          wall.at(),
          "raw: %s=%s opens nothing: it is open already, or another line of the app keeps it closed"
              .formatted(name, String.join(" ", wall.values())),
          "remove the entry, or what closes the same");
    }
    for (DirectiveInfo other : DirectiveTable.all().values()) {
      Value closed = before.get(other.name());
      Value now = after.get(other.name());
      // What another entry opens too is open by its own name.
      if (!walls.words().containsKey(other.name())
          && closed != null
          && now != null
          && !Tightness.closes(other, closed, now)) {
        complaints.error(
            Problem.LOOSENS_SANDBOX,
            wall.at(),
            "raw: %s would open %s too, from %s to %s"
                .formatted(name, other.name(), closed.show(), now.show()),
            "remove the entry");
      }
    }
  }

  /** A capability that no process gets, or only within a user namespace, opens nothing. */
  private void rights(List<Directive> lines, SortedMap<String, Value> after) {
    for (OpenedWall wall : app.raw()) {
      boolean bounding = wall.directive().equals("CapabilityBoundingSet");
      if (!walls.words().containsKey(wall.directive())
          || !(bounding || wall.directive().equals(RIGHTS))) {
        continue;
      }
      if (!Optional.ofNullable(after.get(RIGHTS))
          .equals(Optional.ofNullable(after.get("CapabilityBoundingSet")))) {
        complaints.error(
            Problem.CONFLICT,
            wall.at(),
            "raw: AmbientCapabilities and CapabilityBoundingSet come to different capabilities, and"
                + " the app has only what both have",
            "open the same in both, and what else takes one away: ProtectClock CAP_SYS_TIME and"
                + " CAP_WAKE_ALARM, ProtectKernelLogs CAP_SYSLOG");
        return;
      }
      if (lines.stream().anyMatch(line -> line.line().equals("PrivateUsers=yes"))) {
        complaints.error(
            Problem.CONFLICT,
            wall.at(),
            "raw: %s has no effect on the device while the app is in a user namespace of its own"
                .formatted(wall.directive()),
            "add an entry {directive: PrivateUsers, value: no}, with its reason");
        return;
      }
    }
  }
}
