package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Value;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecReaderTest {

  private static final String RUN = "run: {command: [/usr/bin/app]}";
  private static final String SHA = "0".repeat(64);

  @Test
  void readsEverythingThatASpecCanSay() {
    AppSpec app =
        FlowText.read(
            "pump",
            """
            {devices: {matchLabels: {site: berlin},
              matchExpressions: [{key: role, operator: In, values: [pump]}]},
             image: {path: /srv/pump.squashfs, sha256: %s},
             run: {command: [/usr/bin/pump, --config, /etc/pump.toml],
              environment: {LOG_LEVEL: info}, workingDirectory: /usr},
             mode: Open, enforcement: Permissive,
             drift: {mode: Correct, ignore: [{property: CPUWeight, reason: tuned on site}]},
             permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}],
              ports: [{name: web, port: 8080, via: Direct}, {port: 5353, protocol: UDP}],
              storage: [{source: media, mountPath: /data, access: ReadWrite}],
              serial: [{device: /dev/serial/by-id/usb-Acme_Pump}],
              devices: [{device: /dev/video0}], networkNamespace: uplink, state: false},
             systemCalls: {allow: [ptrace], deny: ["@reboot"]},
             directives: {MemoryMax: 64M, CPUWeight: 50}}
            """
                .formatted(SHA));
    assertThat(app.name().value()).isEqualTo("pump");
    assertThat(app.devices().matches(Map.of("site", "berlin", "role", "pump"))).isTrue();
    assertThat(app.devices().matches(Map.of("site", "berlin", "role", "fan"))).isFalse();
    assertThat(app.root()).isInstanceOf(Root.Image.class);
    assertThat(app.run().command()).containsExactly("/usr/bin/pump", "--config", "/etc/pump.toml");
    assertThat(app.run().environment()).containsEntry("LOG_LEVEL", "info");
    assertThat(app.mode()).isEqualTo(Mode.OPEN);
    assertThat(app.enforcement()).isEqualTo(AppSpec.EnforcementMode.PERMISSIVE);
    assertThat(app.drift().mode()).isEqualTo(DriftMode.CORRECT);
    assertThat(app.drift().ignore())
        .extracting(IgnoreRule::property, IgnoreRule::reason)
        .containsExactly(tuple("CPUWeight", "tuned on site"));
    assertThat(value(app, Permission.PORTS))
        .isEqualTo(
            new Value.Ports(
                List.of(
                    new Port("web", 8080, Port.Protocol.TCP),
                    new Port("udp-5353", 5353, Port.Protocol.UDP))));
    assertThat(value(app, Permission.STATE)).isEqualTo(new Value.Withheld());
    assertThat(value(app, Permission.NETWORK_NAMESPACE)).isEqualTo(new Value.Namespace("uplink"));
    assertThat(app.systemCalls().deny()).extracting(AppSpec.Named::name).containsExactly("@reboot");
    assertThat(app.directives())
        .extracting(AppSpec.RawDirective::name)
        .containsExactly("MemoryMax", "CPUWeight");
  }

  @Test
  void defaultsAreTheClosedOnes() {
    AppSpec app = FlowText.read("small", "{" + RUN + "}");
    assertThat(app.mode()).isEqualTo(Mode.CLOSED);
    assertThat(app.drift()).isEqualTo(DriftSpec.of(DriftMode.DETECT));
    assertThat(app.enforcement()).isEqualTo(AppSpec.EnforcementMode.STRICT);
    assertThat(faults("{" + RUN + ", enforcement: permissive}")).hasSize(1);
    assertThat(app.root()).isEqualTo(new Root.Host());
    assertThat(app.permissions()).isEqualTo(Permissions.NONE);
    assertThat(app.devices().matches(Map.of())).isTrue();
  }

  @Test
  void everyExampleOfThePermissionsIsAccepted() {
    for (Permission permission : Permission.values()) {
      String beside =
          switch (permission) {
            case INTERNET_TO, PORTS -> "internet: true, ";
            default -> "";
          };
      AppSpec app =
          FlowText.read(
              "x", "{%s, permissions: {%s%s}}".formatted(RUN, beside, permission.example()));
      assertThat(app.permissions().get(permission)).isPresent();
    }
  }

  /**
   * Spec (or whole document) with a caret before the place of the fault, problem, part of the
   * message, part of the help.
   */
  @ParameterizedTest
  @CsvFileSource(resources = "/bad-specs.csv", delimiter = '|', quoteCharacter = '`')
  void refusesWithPlaceReasonAndHelp(
      String spec, Problem problem, String message, @Nullable String help) {
    String marked = spec.strip().replace("RUN", RUN).replace("SHA", SHA);
    String text = marked.replace("^", "");
    boolean whole = text.contains("apiVersion");
    String place = (whole ? "1:" : "2:") + (marked.indexOf('^') + (whole ? 1 : 7));
    Node document = whole ? FlowText.parse(text) : FlowText.app("bad", text);
    SpecReader.Outcome outcome = SpecReader.read(document);
    assertThat(outcome).isInstanceOf(SpecReader.Refused.class);
    assertThat(outcome.diagnostics())
        .as("%s", outcome.diagnostics())
        .anySatisfy(
            d -> {
              assertThat(d.severity()).isEqualTo(Diagnostic.Severity.ERROR);
              assertThat(d.problem()).isEqualTo(problem);
              assertThat(d.at().toString()).isEqualTo("app.yaml:" + place);
              assertThat(d.message()).contains(message.strip());
              assertThat(d.help()).contains(help == null ? "" : help.strip());
            });
    assertThat(outcome.diagnostics()).hasSize(1);
  }

  @Test
  void rulesOfIgnoredDriftAreBounded() {
    String rules =
        IntStream.range(0, 21)
            .mapToObj("{property: P%d, reason: tuned}"::formatted)
            .collect(Collectors.joining(", "));
    assertThat(faults("{" + RUN + ", drift: {ignore: [" + rules + "]}}"))
        .singleElement()
        .satisfies(
            d ->
                assertThat(d.message())
                    .isEqualTo("spec.drift.ignore has 21 entries, at most 20 are read"));
    String reason = "x".repeat(257);
    assertThat(faults("{" + RUN + ", drift: {ignore: [{property: Nice, reason: " + reason + "}]}}"))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).contains("has 257 characters"));
  }

  private static List<Diagnostic> faults(String spec) {
    return SpecReader.read(FlowText.app("bad", spec)).diagnostics();
  }

  /** An object that an earlier release let in is still what it was. */
  @Test
  void storedSpecsWithDriftAsTextAreReadAsTheyWere() {
    Node stored = FlowText.app("old", "{" + RUN + ", drift: Correct}");
    assertThat(SpecReader.read(stored)).isInstanceOf(SpecReader.Refused.class);
    assertThat(SpecReader.read(StoredSpec.document(stored)))
        .isInstanceOfSatisfying(
            SpecReader.Read.class,
            read -> assertThat(read.app().drift()).isEqualTo(DriftSpec.of(DriftMode.CORRECT)));
    Node fresh = FlowText.app("new", "{" + RUN + ", drift: {mode: Correct}}");
    assertThat(StoredSpec.document(fresh)).isEqualTo(fresh);
    assertThat(StoredSpec.current(FlowText.parse("[a]"))).isEqualTo(FlowText.parse("[a]"));
  }

  @Test
  void tellsEveryFaultAtOnce() {
    var outcome =
        SpecReader.read(
            FlowText.app(
                "bad", "{" + RUN + ", mode: Shut, permissions: {intarnet: true}, foo: 1}"));
    assertThat(outcome.diagnostics())
        .extracting(Diagnostic::problem)
        .containsExactlyInAnyOrder(
            Problem.INVALID_VALUE, Problem.UNKNOWN_PERMISSION, Problem.UNKNOWN_FIELD);
  }

  @Test
  void aRefusedAppKeepsItsNameSoThatNothingOfItIsRemoved() {
    var outcome = SpecReader.read(FlowText.app("pump", "{}"));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            SpecReader.Refused.class, refused -> assertThat(refused.name()).isEqualTo("pump"));
  }

  @Test
  void namespaceAndStatusAreWarnedOfAndIgnored() {
    var outcome =
        SpecReader.read(
            FlowText.parse(
                "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: a,"
                    + " namespace: plant, labels: {a: b}}, spec: {"
                    + RUN
                    + "}, status: {}}"));
    assertThat(outcome).isInstanceOf(SpecReader.Read.class);
    assertThat(outcome.diagnostics())
        .extracting(Diagnostic::severity)
        .containsOnly(Diagnostic.Severity.WARNING)
        .hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "directives: {\"%s\": {}}",
        "directives: {\"%s\": []}",
        "devices: {matchLabels: {\"%s\": []}}",
        "permissions: {\"%s\": null}",
        "\"%s\": 1"
      })
  void aKeyCannotForgeALine(String field) {
    var outcome =
        SpecReader.read(
            FlowText.app(
                "bad", "{" + RUN + ", " + field.formatted("a\\nlevel=ERROR \u001b") + "}"));
    assertThat(outcome.diagnostics())
        .isNotEmpty()
        .allSatisfy(
            d ->
                assertThat(d.toString())
                    .contains("'a?level=ERROR ?'")
                    .doesNotContain("\n", "\u001b"));
  }

  @Test
  void listsTextsAndMapsAreBounded() {
    String many =
        IntStream.range(0, 65)
            .mapToObj(i -> "{port: " + (2000 + i) + "}")
            .collect(Collectors.joining(", "));
    assertTooLarge("{" + RUN + ", permissions: {internet: true, ports: [" + many + "]}}");
    assertTooLarge("{run: {command: [/usr/bin/app, \"" + "x".repeat(4097) + "\"]}}");
    String variables =
        IntStream.range(0, 257).mapToObj(i -> "V" + i + ": a").collect(Collectors.joining(", "));
    assertTooLarge("{run: {command: [/usr/bin/app], environment: {" + variables + "}}}");
    String directives =
        IntStream.range(0, 65).mapToObj(i -> "D" + i + ": a").collect(Collectors.joining(", "));
    assertTooLarge("{" + RUN + ", directives: {" + directives + "}}");
    String labels =
        IntStream.range(0, 65).mapToObj(i -> "l" + i + ": a").collect(Collectors.joining(", "));
    assertTooLarge("{" + RUN + ", devices: {matchLabels: {" + labels + "}}}");
  }

  @Test
  void aSpecIsBoundedAsAWhole() {
    // Each argument is short enough, and so is their number.
    assertTooLarge("{run: {command: [/usr/bin/app" + ", 'xxxx'".repeat(250) + "]}}", 300);
    // Nothing is said of what else is wrong with it: that could be as long as the spec itself.
    assertTooLarge("{" + RUN + ", junk: [1, {a: xxxx}]}", 70_000);
    assertTooLarge("{run: {command: [/usr/bin/app], environment: {xxxx: a}}}", 70_000);
  }

  private static void assertTooLarge(String spec, int longText) {
    assertTooLarge(spec.replace("xxxx", "x".repeat(longText)));
  }

  @Test
  void bytesAreCountedAsAnApiServerStoresThem() {
    assertThat(size("a")).isEqualTo(3);
    assertThat(size("\"\\\n\t")).isEqualTo(2 + 8);
    assertThat(size("<>&\u0001")).isEqualTo(2 + 24);
    assertThat(size("\u00e9\u20ac")).isEqualTo(2 + 2 + 3);
    assertThat(size("\ud83d\ude00")).isEqualTo(2 + 4);
    Node map =
        Node.mapping(
            List.of(
                Node.entry("a", Node.number(12)),
                Node.entry("b", Node.list(List.of(Node.flag(true), Node.text("c"))))));
    assertThat(EncodedSize.of(map)).isEqualTo("{\"a\":12,\"b\":[true,\"c\"]}".length());
  }

  private static long size(String text) {
    return EncodedSize.of(Node.text(text));
  }

  private static void assertTooLarge(String spec) {
    assertThat(SpecReader.read(FlowText.app("big", spec)).diagnostics())
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.TOO_LARGE);
  }

  private static Value value(AppSpec app, Permission permission) {
    return app.permissions().get(permission).orElseThrow().value();
  }
}
