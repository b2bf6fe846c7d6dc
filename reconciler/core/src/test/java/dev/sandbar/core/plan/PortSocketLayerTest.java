package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PortSocketLayerTest {

  private static final CompiledApp APP =
      switch (Compiler.compile(
          FlowText.read(
              "app",
              "{run: {command: [/usr/bin/app]}, permissions: {ports: [{port: 80, via: Socket, from:"
                  + " [192.168.1.0/24]}]}}"),
          ReferenceDevice.facts())) {
        case Compilation.Compiled(var compiled, _) -> compiled;
        case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
      };

  private static final UnitName SOCKET = PortSocket.of(APP.spec()).getFirst().unit();

  @Test
  void oneThatIsNotThereIsADifferenceThatARestartEnds() {
    var units = new TreeMap<UnitName, ObservedUnit>();
    units.put(APP.unit(), DifferTest.asDeclared(APP, 257));
    var seen = new Observation(units, new TreeMap<>());
    var found = new ArrayList<Difference>();
    PortSocketLayer.compare(APP, seen, 257, found);
    assertThat(found)
        .allSatisfy(it -> assertThat(it.unit()).isEqualTo(APP.unit()))
        .extracting(it -> it.subject().toString())
        .contains(SOCKET + " LoadState", SOCKET + " " + UnitFiles.own(SOCKET));
    var draft = new PlanDraft();
    new UnitSteps(
            APP.unit(),
            APP.text(),
            seen.unit(APP.unit()),
            HiddenPaths.NONE,
            HardwareNeed.NONE,
            List.of(),
            true,
            draft,
            new ArrayList<>())
        .correct(found);
    assertThat(draft.plan().steps())
        .extracting(step -> step.getClass().getSimpleName())
        .endsWith("Restart");
  }
}
