package dev.sandbar.core.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.property.WallExceptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Unit files as permissions, where permissions say what their lines do. */
class PermissionWordsTest {

  private static Optional<CompiledApp> compiled(String spec) {
    return Compiler.compile(FlowText.read("app", spec), ReferenceDevice.facts())
            instanceof Compilation.Compiled(var app, _)
        ? Optional.of(app)
        : Optional.empty();
  }

  private static Converted imported(String unit, Mode mode) {
    return UnitConverter.convert(
        UnitFile.read(unit), new AppName("app"), "app.service", mode, Map.of(), Programs.NONE);
  }

  private static SortedMap<String, Value> state(CompiledApp app) {
    var state = new TreeMap<>(app.effective());
    state.remove("Environment");
    return state;
  }

  private static String permissions(Converted converted) {
    return SpecNodes.permissions(converted.manifest()).fields().entrySet().stream()
        .map(it -> it.getKey() + ": " + shown(it.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String shown(Node value) {
    return switch (value) {
      case Node.Scalar(_, _, var text) -> text;
      case Node.Sequence(_, var items) ->
          items.stream()
              .map(PermissionWordsTest::shown)
              .collect(Collectors.joining(", ", "[", "]"));
      case Node.Mapping(_, var entries) ->
          entries.stream()
              .map(it -> it.key() + ": " + shown(it.value()))
              .collect(Collectors.joining(", ", "{", "}"));
    };
  }

  /** What the compiler makes of any permissions is read as those again, or as what is the same. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void aUnitOfSandbarIsItsSpecAgain(Mode mode) {
    List<Permission> words =
        Arrays.stream(Permission.values())
            .filter(Permission::isGrantedByTrue)
            .filter(it -> mode == Mode.CLOSED || it.canBeWithheldInOpenMode())
            .filter(it -> BrokeredVerb.of(it).isEmpty())
            .toList();
    var cases = new ArrayList<List<Permission>>();
    words.forEach(it -> cases.add(List.of(it)));
    var random = new Random(7);
    for (int i = 0; i < 25; i++) {
      var some = new ArrayList<>(words);
      Collections.shuffle(some, random);
      cases.add(some.subList(0, 2 + random.nextInt(3)));
    }
    for (List<Permission> some : cases) {
      String asked =
          some.stream()
              .map(it -> it.key() + ": " + (mode == Mode.CLOSED))
              .collect(Collectors.joining(", "));
      String spec =
          "{run: {command: [/usr/bin/app]}%s, permissions: {%s}}"
              .formatted(mode == Mode.OPEN ? ", mode: Open" : "", asked);
      Optional<CompiledApp> app = compiled(spec);
      if (app.isPresent()) {
        Converted again = imported(app.get().text(), mode);
        assertThat(again.left()).as(asked + " became " + permissions(again)).isEmpty();
        assertThat(SpecNodes.directives(again.manifest()).fields()).as(asked).isEmpty();
        assertThat(state(PermissionWords.compiled(again.manifest()).orElseThrow()))
            .as(asked + " became " + permissions(again))
            .isEqualTo(state(app.get()));
        if (some.size() == 1 && mode == Mode.CLOSED) {
          assertThat(permissions(again)).isEqualTo(asked);
        }
      }
    }
  }

  /** The unit is the same whichever requests are granted: none is guessed. */
  @Test
  void whatAnAppMayAskOfTheAgentIsNotInItsUnit() {
    for (BrokeredVerb verb : BrokeredVerb.values()) {
      String spec =
          "{run: {command: [/usr/bin/app]}, permissions: {%s}}"
              .formatted(verb.permission().example());
      Converted again = imported(compiled(spec).orElseThrow().text(), Mode.CLOSED);
      assertThat(permissions(again)).doesNotContain(verb.word());
      assertThat(again.left().toString()).contains("sandbar-agent");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RestrictAddressFamilies=AF_UNIX;PrivateNetwork=yes|unixSockets: true",
        "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6|internet: true, localNetwork:"
            + " true, networkStatus: true, unixSockets: true",
        "RestrictAddressFamilies=AF_CAN|canBus: true",
        "SocketBindDeny=any;SocketBindAllow=tcp:8080;SocketBindAllow=udp:1000-2000|internet: true,"
            + " localNetwork: true, ports: [{port: 8080}, {port: 1000, endPort: 2000, protocol:"
            + " UDP}]",
        "PrivateNetwork=yes;DeviceAllow=/dev/ttyUSB0 rw;DeviceAllow=/dev/video0 r|serial: [{device:"
            + " /dev/ttyUSB0}], devices: [{device: /dev/video0}]",
        "PrivateNetwork=yes;DeviceAllow=char-video4linux rw|''",
        "PrivateNetwork=yes;SystemCallFilter=@system-service|''",
        "PrivateNetwork=yes;DevicePolicy=closed|''",
      })
  void inClosedModeWhatLinesNameIsGranted(String lines, String permissions) {
    String unit = "[Service]\nExecStart=/usr/bin/x\n" + lines.replace(";", "\n");
    assertThat(permissions(imported(unit, Mode.CLOSED)))
        .isEqualTo(Optional.ofNullable(permissions).orElse(""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PrivateDevices=yes;SystemCallArchitectures=native;SystemCallFilter=~@raw-io|devices:"
            + " false",
        "PrivateDevices=yes|devices: false",
        "Nice=5|",
      })
  void inOpenModeNothingIsClosedThatTheUnitLeavesOpen(String lines, String permissions) {
    String unit = "[Service]\nExecStart=/usr/bin/x\n" + lines.replace(";", "\n");
    assertThat(permissions(imported(unit, Mode.OPEN)))
        .isEqualTo(Optional.ofNullable(permissions).orElse(""));
  }

  /** Of a unit of somebody else the spec in open mode is closed nowhere but where the unit is. */
  @Test
  void ofAnyLinesTheSpecClosesNoMoreThanTheyDo() {
    List<String> lines =
        List.of(
            "PrivateNetwork=yes",
            "IPAddressDeny=any",
            "SocketBindDeny=any",
            "SocketBindAllow=tcp:80",
            "RestrictAddressFamilies=AF_UNIX",
            "RestrictAddressFamilies=~AF_INET AF_INET6 AF_PACKET",
            "RestrictNamespaces=yes",
            "SystemCallArchitectures=native",
            "SystemCallFilter=@system-service",
            "SystemCallFilter=~@clock @keyring @debug",
            "CapabilityBoundingSet=",
            "CapabilityBoundingSet=~CAP_NET_RAW CAP_NET_ADMIN",
            "PrivateDevices=yes",
            "DevicePolicy=closed",
            "DeviceAllow=/dev/null rw",
            "MemoryDenyWriteExecute=yes",
            "RestrictRealtime=yes",
            "ProtectProc=invisible",
            "ProcSubset=pid",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "KeyringMode=private",
            "LimitMEMLOCK=0",
            "NoNewPrivileges=yes",
            "SystemCallFilter=nosuchcall",
            "SystemCallFilter=%i");
    var random = new Random(11);
    for (int i = 0; i < 60; i++) {
      var some = new ArrayList<>(lines);
      Collections.shuffle(some, random);
      String unit =
          "[Service]\nExecStart=/usr/bin/x\n"
              + String.join("\n", some.subList(0, 1 + random.nextInt(lines.size())));
      Converted converted = imported(unit, Mode.OPEN);
      SortedMap<String, Value> is =
          PermissionWords.compiled(converted.manifest()).orElseThrow().effective();
      SortedMap<String, Value> was = effective(unit);
      // By itself a list of exceptions closes nothing.
      was.keySet().removeIf(name -> WallExceptions.listedBy(name).isPresent());
      was.forEach(
          (name, value) ->
              assertThat(
                      Tightness.closes(
                          DirectiveTable.find(name).orElseThrow(),
                          is.getOrDefault(name, value),
                          value))
                  .as("%s=%s is %s of%n%s", name, value, is.get(name), unit)
                  .isTrue());
    }
  }

  private static SortedMap<String, Value> effective(String unit) {
    var context = ReferenceDevice.facts().context(new UnitName("app.service"));
    var state = new TreeMap<String, Value>();
    List<Effective.Setting> settings =
        UnitFile.read(unit).lines().stream()
            .filter(it -> !it.name().startsWith("Exec") && !it.value().contains("%"))
            .map(it -> new Effective.Setting(it.name(), it.value()))
            .toList();
    Effective.of(settings, context)
        .forEach(
            (name, value) -> {
              if (settings.stream().anyMatch(it -> it.name().equals(name))) {
                state.put(name, value);
              }
            });
    return state;
  }
}
