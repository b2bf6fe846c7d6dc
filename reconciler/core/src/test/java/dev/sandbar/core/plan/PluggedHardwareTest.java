package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.report.Health;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An app that is down without its hardware is as it should be. */
class PluggedHardwareTest {

  private static final String LINK = "/dev/sandbar/serial/0403_6001";
  private static final UnitName DEVICE = HardwareLinks.unit(LINK);
  private static final CompiledApp APP =
      app(
          "{run: {command: [/usr/bin/pump]},"
              + " permissions: {serial: [{vendor: \"0403\", product: \"6001\"}]}}");

  private static CompiledApp app(String spec) {
    return switch (Compiler.compile(FlowText.read("pump", spec), TestDevice.with(257))) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static ObservedUnit unit(String state) {
    ObservedUnit right = DifferTest.asDeclared(APP, 257);
    Loaded up = right.loaded();
    var loaded =
        new Loaded(
            up.loadState(),
            state,
            "dead",
            up.unitFileState(),
            up.fragmentPath(),
            up.dropInPaths(),
            false,
            up.invocationId(),
            up.generation(),
            "success",
            0,
            0);
    return new ObservedUnit(
        right.name(), right.files(), loaded, right.properties(), List.of(), List.of());
  }

  private static Observation seen(String state, PluggedHardware hardware) {
    return new Observation(new TreeMap<>(Map.of(APP.unit(), unit(state))), new TreeMap<>())
        .with(hardware);
  }

  private static PluggedHardware plugged() {
    return new PluggedHardware(new TreeSet<>(Set.of(DEVICE)));
  }

  private static List<Difference> state(Observation seen) {
    return Differ.app(APP, seen, 257).stream()
        .filter(d -> d.subject() == Subject.State.ACTIVE)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"inactive", "failed"})
  void anAppThatIsDownIsDriftOnlyIfItsHardwareIsThere(String state) {
    assertThat(state(seen(state, PluggedHardware.NONE))).isEmpty();
    assertThat(state(seen(state, plugged()))).hasSize(1);
    assertThat(state(seen(state, plugged().due(Set.of(APP.unit()))))).isEmpty();
    assertThat(state(seen(state, plugged().due(Set.of(UnitName.SLICE))))).hasSize(1);
  }

  @Test
  void otherHardwareIsNotTheOneThatIsMissing() {
    var other = new PluggedHardware(new TreeSet<>(Set.of(HardwareLinks.unit(LINK + "_OTHER"))));
    assertThat(other.missing(APP)).containsExactly(LINK);
    assertThat(plugged().missing(APP)).isEmpty();
  }

  @Test
  void aNewVersionIsWrittenAndNotStartedWhileItsHardwareIsMissing() {
    assertThat(steps(PluggedHardware.NONE)).contains("Write", "Enable").doesNotContain("Start");
    assertThat(steps(plugged())).contains("Write", "Enable", "Start");
  }

  private static List<String> steps(PluggedHardware hardware) {
    var situation =
        new Situation(
            List.of(APP),
            new TreeMap<>(),
            Inventory.NOTHING,
            Observation.NOTHING.with(hardware),
            257);
    return Planner.plan(situation, Orders.AS_DECLARED).plan().steps().stream()
        .map(step -> step.getClass().getSimpleName())
        .toList();
  }

  @Test
  void anAppThatWaitsSaysForWhat() {
    List<String> missing = List.of(LINK);
    assertThat(Health.of(unit("inactive"), missing))
        .isEqualTo(new Health.Waiting("not plugged in: " + LINK));
    assertThat(Health.of(unit("active"), missing)).isEqualTo(new Health.Healthy());
    assertThat(Health.of(unit("inactive"), List.of()))
        .isEqualTo(new Health.Unhealthy("not running"));
  }
}
