package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/**
 * Who an app in open mode is, and which capabilities it can ever have: the directives that a unit
 * has for it, which closed mode does not take. What the bounding set leaves out is a restriction as
 * any other: it moves the point that policies and the kernel are compared with.
 */
final class RightsOverrides {

  static final String BOUNDING = "CapabilityBoundingSet";
  private static final String AMBIENT = "AmbientCapabilities";
  private static final String USER = "User";

  private final AppSpec app;
  private final Sandbox point;
  private final Complaints complaints;

  RightsOverrides(AppSpec app, Sandbox point, Complaints complaints) {
    this.app = app;
    this.point = point;
    this.complaints = complaints;
  }

  /**
   * What the capabilities come to; it takes lines out of the settings that are written elsewhere or
   * say what every app has.
   */
  Sandbox ceiling(SortedMap<String, String> settings) {
    // An app in open mode is root unless it says otherwise.
    settings.computeIfPresent(USER, (_, user) -> isRoot(user) ? null : user);
    String bounding = settings.remove(BOUNDING);
    Extent<String> left = bounding == null ? Extent.all() : extent(bounding);
    Extent<String> all = point.kernel().capabilities().meet(left);
    words(settings.getOrDefault(AMBIENT, "")).stream()
        .filter(name -> !all.contains(name))
        .forEach(this::beyond);
    Sandbox.Kernel top = Sandbox.TOP.kernel();
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            top.calls(),
            left,
            top.namespaces(),
            top.foreignCalls(),
            top.writableCode(),
            top.realtime(),
            top.lockedMemory()));
  }

  private static boolean isRoot(String user) {
    return user.equals("root") || user.equals("0");
  }

  private static Extent<String> extent(String text) {
    return text.startsWith("~")
        ? Extent.allBut(words(text.substring(1)))
        : Extent.only(words(text));
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ", -1)).filter(it -> !it.isEmpty()).toList();
  }

  private void beyond(String capability) {
    complaints.error(
        Problem.CONFLICT,
        app.directives().stream()
            .filter(it -> it.name().equals(AMBIENT))
            .map(RawDirective::at)
            .findFirst()
            .orElse(Location.NOWHERE),
        "directives.%s: %s is taken away by %s"
            .formatted(
                AMBIENT,
                capability,
                point.kernel().capabilities().contains(capability)
                    ? "directives." + BOUNDING
                    : "a permission that is withheld"),
        "remove one of them");
  }
}
