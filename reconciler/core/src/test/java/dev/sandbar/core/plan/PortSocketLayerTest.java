package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortSocketLayerTest {

  private static final CompiledApp APP = compiled("192.168.1.0/24");

  private static final UnitName SOCKET = PortSocket.of(APP.spec()).getFirst().unit();

  private static CompiledApp compiled(String from) {
    return switch (Compiler.compile(
        FlowText.read(
            "app",
            "{run: {command: [/usr/bin/app]}, permissions: {ports: [{port: 80, via: Socket, from: [%s]}]}}"
                .formatted(from)),
        ReferenceDevice.facts())) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static ObservedUnit running(CompiledApp app) {
    ObservedUnit unit = DifferTest.asDeclared(app, 257);
    var properties = new TreeMap<String, Raw>(unit.properties());
    String socket = PortSocket.of(app.spec()).getFirst().unit().value();
    properties.put("Requires", new Raw.Array(List.of(new Raw.Str(socket))));
    return new ObservedUnit(
        unit.name(),
        unit.files(),
        unit.loaded(),
        properties,
        unit.processes(),
        unit.cgroupPrograms());
  }

  private static ObservedUnit loaded(String dropIn) {
    PortSocket socket = PortSocket.of(APP.spec()).getFirst();
    String own = UnitFiles.own(SOCKET);
    return new ObservedUnit(
        SOCKET,
        List.of(
            new ObservedUnit.File(own, Sha256.of(socket.text()).hex()),
            new ObservedUnit.File(dropIn, "1234")),
        new ObservedUnit.Loaded(
            "loaded",
            "active",
            "listening",
            "static",
            own,
            List.of(dropIn),
            false,
            "a1",
            "",
            "success",
            0,
            0),
        new TreeMap<>(),
        List.of(),
        ObservedUnit.UNKNOWN_PROGRAMS);
  }

  private static List<Difference> differences(ObservedUnit app) {
    var units = new TreeMap<UnitName, ObservedUnit>();
    units.put(APP.unit(), app);
    var found = new ArrayList<Difference>();
    PortSocketLayer.compare(APP, new Observation(units, new TreeMap<>()), 257, found);
    return found;
  }

  private static List<String> steps(ObservedUnit app) {
    var draft = new PlanDraft();
    new UnitSteps(
            APP.unit(),
            APP.text(),
            app,
            HiddenPaths.NONE,
            Starter.TARGET,
            List.of(),
            true,
            draft,
            new ArrayList<>())
        .correct(differences(app));
    return draft.plan(List.of()).steps().stream().map(it -> it.getClass().getSimpleName()).toList();
  }

  @Test
  void oneThatIsNotThereIsADifference() {
    assertThat(differences(running(APP)))
        .allSatisfy(it -> assertThat(it.unit()).isEqualTo(APP.unit()))
        .extracting(it -> it.subject().toString())
        .contains(SOCKET + " LoadState", SOCKET + " " + UnitFiles.own(SOCKET));
  }

  /** For other clients the app requires another socket; the old one ends when nothing needs it. */
  @Test
  void onlyASocketThatTheRunningAppHasIsEnded() {
    assertThat(steps(running(APP))).containsExactly("EndProxy", "Restart");
    assertThat(steps(running(compiled("192.168.2.0/24")))).containsExactly("Restart");
  }

  /** A drop-in for every socket of the device is its owner's: it is reported, and stays. */
  @ParameterizedTest
  @CsvSource({
    "/etc/systemd/system/socket.d/all.conf, OWNER",
    "/etc/systemd/system/%s.d/one.conf, RESTART",
    "/usr/lib/systemd/system/%s.d/package.conf, OWNER",
  })
  void onlyWhatIsOfTheSocketIsCorrected(String pattern, Fix fix) {
    String path = pattern.formatted(SOCKET);
    var units = new TreeMap<UnitName, ObservedUnit>();
    units.put(APP.unit(), running(APP));
    units.put(SOCKET, loaded(path));
    var found = new ArrayList<Difference>();
    PortSocketLayer.compare(APP, new Observation(units, new TreeMap<>()), 257, found);
    assertThat(found)
        .extracting(Difference::subject)
        .contains(
            new Subject.SideUnit(SOCKET, path, fix),
            new Subject.SideUnit(SOCKET, "DropInPaths", fix));
  }
}
