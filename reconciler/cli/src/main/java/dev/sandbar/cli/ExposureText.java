package dev.sandbar.cli;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Walls;
import dev.sandbar.core.property.Canonical;
import java.util.List;
import java.util.stream.Collectors;

/** Exposure levels of apps, declared and observed, and how they are shown. */
final class ExposureText {
  private static final int MOST_COSTS = 5;

  private ExposureText() {}

  /** The level that an app will have. */
  static Exposure declared(CompiledApp app, DeviceFacts facts) {
    return Exposure.of(app.effective(), facts.syscallGroups(), facts.knownSyscalls());
  }

  /** The level that a service of the device will have with the drop-in of an app. */
  static Exposure confined(CompiledApp app, ObservedUnit unit, DeviceFacts facts) {
    return Exposure.of(
        Walls.whole(app, unit, facts.systemdVersion()),
        facts.syscallGroups(),
        facts.knownSyscalls());
  }

  /** The level of the unit that systemd has loaded, with whatever others have added to it. */
  static Exposure observed(ObservedUnit unit, DeviceFacts facts) {
    return Exposure.of(
        Canonical.all(unit.properties(), facts.systemdVersion()),
        facts.syscallGroups(),
        facts.knownSyscalls());
  }

  /** As the tool prints it: {@code 1.2 OK}. */
  static String level(Exposure exposure) {
    return exposure.level() + " " + exposure.word();
  }

  /** The level and what it comes from most. */
  static String explained(Exposure exposure) {
    List<Exposure.Cost> costs = exposure.costs();
    String most =
        costs.stream()
            .limit(MOST_COSTS)
            .map(Exposure.Cost::check)
            .collect(Collectors.joining(", "));
    String more = costs.size() > MOST_COSTS ? ", " + (costs.size() - MOST_COSTS) + " more" : "";
    return level(exposure) + (costs.isEmpty() ? "" : ", from " + most + more);
  }

  static Node node(Exposure exposure) {
    return new MappingBuilder()
        .put("level", exposure.level())
        .put("word", exposure.word())
        .put(
            "costs",
            Node.list(
                exposure.costs().stream()
                    .map(
                        cost ->
                            new MappingBuilder()
                                .put("check", cost.check())
                                .put("points", cost.points())
                                .build())
                    .toList()))
        .build();
  }
}
