package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.BusProxy.Part;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.property.Raw;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProxyLayerTest {

  private static final CompiledApp APP =
      compiled(
          "{run: {command: [/usr/bin/app]}, permissions: {bluetooth: true, dbus: {own:"
              + " [com.example.Tank]}}}");

  private static final BusProxy PROXY = BusProxy.of(APP.spec()).orElseThrow();

  @Test
  void whatIsAsDeclaredOrWasNotReadIsNoDifference() {
    assertThat(differences(PROXY.declared())).isEmpty();
    assertThat(differences(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Part.class)
  void eachPartIsCompared(Part part) {
    var seen = new EnumMap<Part, String>(PROXY.declared());
    seen.put(part, "another one");
    assertThat(differences(seen))
        .containsExactly(
            new Difference(
                APP.unit(),
                new Subject.Proxy(PROXY.unit(), part),
                PROXY.declared().getOrDefault(part, ""),
                "another one"));
  }

  @Test
  void oneThatIsGoneHasNothing() {
    assertThat(differences(Map.of(Part.PROGRAM, "none runs", Part.FILES, BusProxy.NO_FILES)))
        .extracting(Difference::observed)
        .containsExactlyInAnyOrder("none runs", "none", "none", "none", "none");
  }

  /** With other names the app requires another filter; the old one ends when nothing does. */
  @Test
  void onlyAFilterThatTheRunningAppHasIsEnded() {
    CompiledApp before =
        compiled("{run: {command: [/usr/bin/app]}, permissions: {dbus: {talk: [org.a.B]}}}");
    assertThat(steps(running(APP))).containsExactly("EndProxy", "Restart");
    assertThat(steps(running(before))).containsExactly("Restart");
  }

  private static ObservedUnit running(CompiledApp app) {
    ObservedUnit unit = DifferTest.asDeclared(app, 257);
    var properties = new TreeMap<String, Raw>(unit.properties());
    String proxy = BusProxy.of(app.spec()).orElseThrow().unit().value();
    properties.put(
        "Requires", new Raw.Array(List.of(new Raw.Str("sandbar.slice"), new Raw.Str(proxy))));
    return new ObservedUnit(
        unit.name(),
        unit.files(),
        unit.loaded(),
        properties,
        unit.processes(),
        unit.cgroupPrograms());
  }

  private static List<String> steps(ObservedUnit observed) {
    var draft = new PlanDraft();
    new UnitSteps(
            APP.unit(),
            APP.text(),
            observed,
            HiddenPaths.NONE,
            Starter.TARGET,
            List.of(),
            true,
            draft,
            new ArrayList<>())
        .correct(differences(Map.of(Part.PROGRAM, "none runs")));
    return draft.plan(List.of()).steps().stream().map(it -> it.getClass().getSimpleName()).toList();
  }

  private static List<Difference> differences(Map<Part, String> seen) {
    var found = new ArrayList<Difference>();
    ProxyLayer.compare(APP, seen, found);
    return found;
  }

  private static CompiledApp compiled(String spec) {
    return switch (Compiler.compile(FlowText.read("app", spec), ReferenceDevice.facts())) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }
}
