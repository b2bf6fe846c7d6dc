package dev.sandbar.cli;

import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.RawConsequences;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import java.util.SortedSet;
import java.util.TreeSet;

/** What {@code raw} of a spec opens, in words. */
final class RawText {
  private RawText() {}

  /** What put a line into a unit; for a wall that is opened, with the reason of the spec. */
  static String because(AppSpec spec, Directive line) {
    return line.because().equals(OpenedWall.KEY) ? reason(spec, line.name()) : line.because();
  }

  private static String reason(AppSpec spec, String directive) {
    return spec.raw().stream()
        .filter(wall -> wall.directive().equals(directive))
        .findFirst()
        .map(wall -> OpenedWall.KEY + ": " + wall.reason())
        .orElse(OpenedWall.KEY);
  }

  /** The directives of the entries that open a part of a permission; empty if none does. */
  static String opening(AppSpec spec, Permission permission) {
    SortedSet<String> directives =
        RawConsequences.of(spec).getOrDefault(permission, new TreeSet<>());
    return String.join(", ", directives);
  }
}
