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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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
    return loaded(List.of(dropIn), false, "[::]:80");
  }

  private static ObservedUnit loaded(List<String> dropIns, boolean reloadIsDue, String address) {
    PortSocket socket = PortSocket.of(APP.spec()).getFirst();
    String own = UnitFiles.own(SOCKET);
    return new ObservedUnit(
        SOCKET,
        Stream.concat(
                Stream.of(new ObservedUnit.File(own, Sha256.of(socket.text()).hex())),
                dropIns.stream().map(path -> new ObservedUnit.File(path, "1234")))
            .toList(),
        new ObservedUnit.Loaded(
            "loaded",
            "active",
            "listening",
            "static",
            own,
            dropIns,
            reloadIsDue,
            "a1",
            "",
            "success",
            0,
            0),
        new TreeMap<>(
            Map.of(
                "Listen",
                new Raw.Array(
                    List.of(new Raw.Tuple(List.of(new Raw.Str("Stream"), new Raw.Str(address))))))),
        List.of(),
        ObservedUnit.UNKNOWN_PROGRAMS);
  }

  private static List<Difference> differences(ObservedUnit app, ObservedUnit... others) {
    var units = new TreeMap<UnitName, ObservedUnit>();
    units.put(APP.unit(), app);
    for (ObservedUnit other : others) {
      units.put(other.name(), other);
    }
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

  /** By whoever has enabled another unit: systemd says so of all that it has loaded. */
  @Test
  void aReloadThatIsDueIsNoDifference() {
    assertThat(subjects(loaded(List.of(), true, "[::]:80")))
        .isEqualTo(subjects(loaded(List.of(), false, "[::]:80")))
        .noneMatch(it -> it.contains("Reload"));
  }

  @ParameterizedTest
  @CsvSource({"[::]:80,false", "0.0.0.0:80,false", "[::]:81,true", "127.0.0.1:80,true"})
  void whereItIsOpenIsCompared(String address, boolean differs) {
    assertThat(subjects(loaded(List.of(), false, address)).contains(SOCKET + " Listen"))
        .isEqualTo(differs);
  }

  private static List<String> subjects(ObservedUnit socket) {
    return differences(running(APP), socket).stream().map(it -> it.subject().toString()).toList();
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
