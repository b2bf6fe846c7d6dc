package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.learn.ServiceObservation.Reading;
import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The document of what one device saw. */
class ServiceObservationTest {

  private static final String GOOD =
      """
      {apiVersion: sandbar.dev/v1alpha1, kind: ServiceObservation, device: pump-1,
      unit: gauge.service, start: "2026-01-31T12:00:00Z", seconds: 600, processes: 1,
      fromStart: true, blind: "",
      service: {unit: {files: ["[Service]"], variables: {}, systemdVersion: 257,
      stayed: {words: [/usr/bin/gauge], user: "", another: false, sentAway: false}, unenforced: [],
      unreadable: []}},
      uses: [{called: fsync}, {bound: {protocol: TCP, at: {host: 0.0.0.0/32, port: 1883}}},
      {reached: {at: {unix: /run/x}}}, {has: {trait: JIT}}, {device: {path: /dev/x, written: true}}]}
      """
          .replace("trait: JIT", "trait: REALTIME");

  private static Diagnostic refused(String text) {
    return ServiceObservation.read(FlowText.parse(text)) instanceof Reading.Refused(var error)
        ? error
        : org.assertj.core.api.Assertions.fail("it was read: %s", text);
  }

  @Test
  void whatIsWrittenReadsAsTheSame() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      List<Service> services =
          List.of(
              new Service.Unit(List.of("[Service]\n", "x"), new TreeMap<>(), 252),
              new Service.Confined(new AppName("gauge"), List.of(), 257),
              new Service.App(FlowText.app("pump", "{run: {command: [/x]}}")));
      ServiceObservation one =
          new RandomUses(random).of("pump-" + seed, services.get(seed % 3), 30);
      assertThat(ServiceObservation.read(one.write()))
          .as("seed %d", seed)
          .isEqualTo(new Reading.Read(one));
    }
  }

  @Test
  void itReadsAsItIsDocumented() {
    assertThat(ServiceObservation.read(FlowText.parse(GOOD)))
        .isInstanceOfSatisfying(
            Reading.Read.class, it -> assertThat(it.observation().uses()).hasSize(5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "kind: ServiceObservation | kind: AppSandbox | this is no saved observation of a service",
        "v1alpha1 | v9 | another version of sandbar has saved this",
        "device: pump-1 | device: \"pump 1\" | the name of a device is letters",
        "device: pump-1 | device: \"\" | the name of a device is letters",
        "unit: gauge.service | unit: gauge.socket | gauge.socket is no service",
        "unit: gauge.service | unit: \"../x\" | unit: not a unit name",
        "seconds: 600 | seconds: -1 | nothing is watched for so long",
        "seconds: 600 | seconds: 99999999999999 | nothing is watched for so long",
        "seconds: 600 | seconds: many | seconds: a whole number was expected",
        "processes: 1, |  | processes: the field is missing",
        "processes: 1 | processes: 1, extra: 1 | extra: there is no such field",
        "fromStart: true | fromStart: 1 | fromStart: true or false was expected",
        "12:00:00Z | noon | start: a time like",
        "systemdVersion: 257 | systemdVersion: 0 | service.unit: there is no systemd 0",
        "{called: fsync} | {called: [fsync]} | uses[0].called",
        "{called: fsync} | {} | uses[0]: a map with one of called, family, bound",
        "{called: fsync} | {called: a, family: b} | uses[0]: a map with one of called",
        "{called: fsync} | {opens: everything} | uses[0]: a map with one of called",
        "port: 1883 | port: 70000 | uses[1].bound.at: there is no port 70000",
        "0.0.0.0/32 | 0.0.0.0/0 | uses[1].bound.at: 0.0.0.0/0 is not one address",
        "0.0.0.0/32 | example.com | uses[1].bound.at.host: an address like",
        "protocol: TCP | protocol: tcp | uses[1].bound.protocol: one of TCP",
        "written: true | written: true, raw: {} | uses[4].device.raw: there is no such field",
        "REALTIME | ROOT | uses[3].has.trait: one of WRITABLE_CODE",
      })
  void whatIsWrongIsSaidWithItsPlace(String from, String to, String message) {
    Diagnostic error = refused(GOOD.replace(from, to == null ? "" : to));
    assertThat(error.message()).startsWith(message);
    assertThat(error.at().line()).isPositive();
    assertThat(error.help()).isNotEmpty();
  }

  @Test
  void controlCharactersAreRefusedWhereTheyStand() {
    Node name = Node.text("/tmp/\u001b[2J");
    var good = (Node.Mapping) FlowText.parse(GOOD);
    var entries = new ArrayList<>(good.entries());
    entries.removeIf(it -> it.key().equals("uses"));
    entries.add(
        Node.entry("uses", Node.list(List.of(Node.mapping(List.of(Node.entry("wrote", name)))))));
    assertThat(ServiceObservation.read(Node.mapping(entries)))
        .isInstanceOfSatisfying(
            Reading.Refused.class,
            it -> assertThat(it.error().message()).contains("control character"));
  }

  /** Any part of a document in any other place: read or refused, never anything else. */
  @Test
  void nothingElseComesOfABadDocument() {
    for (int seed = 0; seed < 3_000; seed++) {
      Node broken = new Breaking(new Random(seed)).of(FlowText.parse(GOOD), 0);
      switch (ServiceObservation.read(broken)) {
        case Reading.Read(var observation) ->
            assertThat(ServiceObservation.read(observation.write()))
                .isEqualTo(new Reading.Read(observation));
        case Reading.Refused(var error) -> {
          assertThat(error.message()).isNotBlank();
          assertThat(error.help()).isNotBlank();
        }
      }
    }
  }

  private record Breaking(Random random) {
    Node of(Node node, int depth) {
      if (random.nextInt(12) == 0 && depth > 0) {
        return switch (random.nextInt(6)) {
          case 0 -> Node.text("\u0000");
          case 1 -> Node.number(random.nextLong());
          case 2 -> Node.flag(true);
          case 3 -> Node.list(List.of(node));
          case 4 -> Node.mapping(List.of());
          default -> Node.mapping(List.of(Node.entry("x", node)));
        };
      }
      return switch (node) {
        case Node.Scalar scalar -> scalar;
        case Node.Sequence(var at, var items) ->
            new Node.Sequence(at, items.stream().map(it -> of(it, depth + 1)).toList());
        case Node.Mapping(var at, var entries) ->
            new Node.Mapping(
                at,
                entries.stream()
                    .map(it -> new Node.Entry(it.keyAt(), it.key(), of(it.value(), depth + 1)))
                    .toList());
      };
    }
  }
}
