package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.FlowText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What systemd runs when a version stops, for every pair of settings of the network. */
class OldVersionStopTest {
  private static final int VERSION = 257;
  private static final AppName PUMP = new AppName("pump");

  private static final List<String> SETTINGS =
      List.of(
          "permissions: {internet: true}",
          "permissions: {internet: true, ports: [{port: 8080}]}",
          "permissions: {internet: true}, network: Own",
          "permissions: {internet: true, ports: [{port: 8080}]}, network: Own",
          "permissions: {internet: true, ports: [{port: 8081}]}, network: Own",
          "permissions: {localNetwork: true, ports: [{port: 0}]}, network: Own",
          "permissions: {state: true}, network: Own",
          "permissions: {state: true}",
          "mode: Open, permissions: {ports: false}");

  private static CompiledApp app(String settings) {
    return app(", postStop: [[/usr/bin/last]]", settings);
  }

  private static CompiledApp app(String run, String settings) {
    String spec = "{run: {command: [/usr/bin/app]%s}, %s}".formatted(run, settings);
    return switch (Compiler.compile(FlowText.read("pump", spec), ReferenceDevice.facts())) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors);
    };
  }

  private static List<String> stopCommands(CompiledApp app) {
    return app.directives().stream()
        .filter(line -> line.name().startsWith("ExecStop"))
        .map(Directive::value)
        .toList();
  }

  private static Plan plan(CompiledApp from, CompiledApp to) {
    var applied = new TreeMap<>(Map.of(PUMP, new Inventory.Applied(from.generation(), "")));
    var seen =
        new Observation(
            new TreeMap<>(Map.of(from.unit(), DifferTest.asDeclared(from, VERSION))),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>());
    return Planner.plan(
            new Situation(List.of(to), new TreeMap<>(), new Inventory(applied), seen, VERSION),
            Orders.AS_DECLARED)
        .plan();
  }

  /** As systemd does: with the commands of the unit that is loaded when its process ends. */
  private static List<String> run(Plan plan, CompiledApp from, CompiledApp to) {
    CompiledApp loaded = from;
    boolean up = true;
    var ran = new ArrayList<String>();
    for (Plan.Step step : plan.steps()) {
      switch (step) {
        case Plan.Reload _ -> loaded = to;
        case Plan.Stop _, Plan.Restart _ -> {
          if (up) {
            ran.addAll(stopCommands(loaded));
          }
          up = step instanceof Plan.Restart;
        }
        case Plan.Start _ -> up = true;
        default -> {}
      }
    }
    assertThat(up).isTrue();
    return ran;
  }

  @Test
  void eachVersionIsStoppedByItsOwnCommands() {
    for (String from : SETTINGS) {
      for (String to : SETTINGS) {
        if (!from.equals(to)) {
          CompiledApp old = app(from);
          assertThat(run(plan(old, app(to)), old, app(to)))
              .as("%s -> %s", from, to)
              .isIn(List.of(), stopCommands(old));
        }
      }
    }
  }

  /** An app is not down for longer where nothing else is run. */
  @Test
  void theSameCommandsAreOneRestart() {
    Plan plan =
        plan(app("", "permissions: {internet: true}"), app("", "permissions: {state: true}"));
    assertThat(plan.steps()).hasAtLeastOneElementOfType(Plan.Restart.class);
    assertThat(plan.steps()).doesNotHaveAnyElementsOfTypes(Plan.Stop.class);
  }

  /** It outlives the namespace, and what it names is the app's alone. */
  @Test
  void whatIsRunOutsideOfTheNamespaceNamesOnlyWhatIsOurs() {
    for (String settings : SETTINGS) {
      assertThat(stopCommands(app(settings)))
          .filteredOn(command -> command.startsWith("-+"))
          .allMatch(command -> command.contains("\"--target=1\" \"--net\""))
          .allMatch(command -> command.contains(" \"sb-") || command.endsWith("\"sandbar-pump\""));
    }
  }
}
