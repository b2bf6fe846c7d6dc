package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Variables that a spec declares and devices give values. */
class DeclaredVariablesTest {

  private static final String SPEC =
      """
      {variables: [{name: broker}, {name: port, type: Integer, minimum: 1, maximum: 65535, default: "1883"},
                   {name: mode, values: [fast, safe], default: safe}, {name: tls, type: Boolean, default: "true"}],
       run: {command: [/usr/bin/app, "${variables.broker}:${variables.port}", "$${variables.broker}"],
             environment: {MODE: "${variables.mode}"}},
       files: [{path: /run/app.conf, content: "tls ${variables.tls} at ${device.name}"}]}
      """;

  private static AppSpec app() {
    return FlowText.read("app", SPEC);
  }

  private static AppSpec app(Node spec) {
    Node document =
        Node.mapping(
            FlowText.app("app", SPEC).fields().entrySet().stream()
                .map(e -> Node.entry(e.getKey(), e.getKey().equals("spec") ? spec : e.getValue()))
                .toList());
    return switch (SpecReader.read(document)) {
      case SpecReader.Read(var app, _) -> app;
      case SpecReader.Refused refused -> throw new AssertionError(refused.diagnostics().toString());
    };
  }

  private static DeviceVariables giving(Map<String, String> values) {
    return new DeviceVariables("pump-1", Map.of(), values);
  }

  @Test
  void theDeviceGivesValuesAndElseTheDefaultsStand() {
    DeviceVariables device = giving(Map.of("broker", "mqtt.lan", "port", "8883", "other", "x"));
    assertThat(device.problems(app())).isEmpty();
    AppSpec app = device.resolved(app());
    assertThat(app.run().command())
        .containsExactly("/usr/bin/app", "mqtt.lan:8883", "${variables.broker}");
    assertThat(app.run().environment()).containsEntry("MODE", "safe");
    assertThat(app.files().getFirst().text()).isEqualTo("tls true at pump-1");
  }

  @Test
  void aVariableWithoutAValueIsAnErrorAndNeverAnEmptyText() {
    assertThat(giving(Map.of("port", "1")).problems(app()))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.message())
                  .isEqualTo("run.command: this device gives the variable broker no value");
              assertThat(d.help())
                  .isEqualTo(
                      "give it one under variables in spec of the Device, or in agent.yaml of a"
                          + " device that is in no fleet; or declare a default");
            });
  }

  /** The default is no answer to a value that somebody mistyped. */
  @ParameterizedTest
  @CsvSource({
    "port,0,an integer from 1 to 65535",
    "port,65536,an integer from 1 to 65535",
    "port,08,an integer from 1 to 65535",
    "port,0x10,an integer from 1 to 65535",
    "port,99999999999999999999,an integer from 1 to 65535",
    "port,'',an integer from 1 to 65535",
    "mode,Fast,'one of ''fast'', ''safe'''",
    "tls,yes,true or false",
    "broker,a$b,one line of text without $",
    "broker,'',one line of text without $"
  })
  void aValueOfAnotherTypeIsAnError(String name, String value, String wanted) {
    var device =
        giving(name.equals("broker") ? Map.of(name, value) : Map.of("broker", "b", name, value));
    assertThat(device.problems(app()))
        .singleElement()
        .satisfies(d -> assertThat(d.message()).endsWith("which is not " + wanted));
  }

  /** What the agent reads in its bundle is what a device that follows Git makes of it. */
  @Test
  void aBundleGivesTheSameAndDeclaresNothing() {
    var device = giving(Map.of("broker", "{device.name}", "mode", "fast"));
    Node spec = Objects.requireNonNull(FlowText.app("app", SPEC).fields().get("spec"));
    Node bundled = device.replaced(app(), spec);
    assertThat(bundled.fields()).doesNotContainKey("variables");
    AppSpec read = app(bundled);
    assertThat(DeviceVariables.isUsed(read)).isFalse();
    AppSpec there = new DeviceVariables("", Map.of(), Map.of()).resolved(read);
    AppSpec here = device.resolved(app());
    assertThat(there.run().command()).isEqualTo(here.run().command());
    assertThat(there.run().environment()).isEqualTo(here.run().environment());
    assertThat(there.files().getFirst().text()).isEqualTo(here.files().getFirst().text());
  }

  @Test
  void ofNoDeviceThoseWithoutADefaultStay() {
    var none = new DeviceVariables("", Map.of(), Map.of());
    assertThat(none.problems(app())).isEmpty();
    assertThat(none.resolved(app()).run().command()).contains("${variables.broker}:1883");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"${variables.brokr}", "${variables.}", "x ${variables.broker", "${variables.a b}"})
  void whatIsNotDeclaredIsAnError(String text) {
    String spec = "{variables: [{name: broker}], run: {command: [/usr/bin/app, \"" + text + "\"]}}";
    assertThat(SpecReader.read(FlowText.app("app", spec)))
        .isInstanceOfSatisfying(
            SpecReader.Refused.class,
            refused -> {
              Diagnostic first = refused.diagnostics().getFirst();
              assertThat(first.message()).endsWith(" is not a variable");
              if (text.contains("brokr")) {
                assertThat(first.help()).isEqualTo("did you mean broker?");
              }
            });
  }

  /** A few bytes of a spec do not become megabytes on a device. */
  @Test
  void valuesDoNotMakeASpecLargerThanASpecMayBe() {
    String longest = "x".repeat(SpecBounds.LONGEST_VALUE);
    var device = giving(Map.of("a", longest));
    assertThat(device.problems(with("[/a, \"" + "${variables.a}".repeat(16) + "\"]", "")))
        .isEmpty();
    assertThat(device.problems(with("[/a, \"" + "${variables.a}".repeat(17) + "\"]", "")))
        .extracting(Diagnostic::message)
        .containsExactly(
            "run.command has 4352 characters with its variables, at most 4096 are used");
    assertThat(device.problems(with("[/a]", "${variables.a}".repeat(257))))
        .extracting(Diagnostic::message)
        .singleElement()
        .asString()
        .startsWith("the texts of the spec have 65794 characters");
  }

  private static AppSpec with(String command, String content) {
    return FlowText.read(
        "app",
        "{variables: [{name: a}], run: {command: %s}, files: [{path: /run/a, content: \"%s\"}]}"
            .formatted(command, content));
  }

  @Test
  void agentYamlGivesThemWithoutQuotes() {
    Node document =
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, variables: {port: 8883, tls: false, broker: mqtt.lan}}");
    assertThat(DeviceSettingsReader.read(document))
        .isInstanceOfSatisfying(
            DeviceSettingsReader.Outcome.Read.class,
            read ->
                assertThat(read.settings().variables())
                    .isEqualTo(Map.of("port", "8883", "tls", "false", "broker", "mqtt.lan")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{1a: b}", "{a: \"b$c\"}", "{a: \"\"}", "{a: [b]}", "{a: null}", "[a]"})
  void agentYamlIsReadStrictly(String variables) {
    Node document =
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, variables: " + variables + "}");
    assertThat(DeviceSettingsReader.read(document))
        .isInstanceOfSatisfying(
            DeviceSettingsReader.Outcome.Refused.class,
            refused -> {
              List<Diagnostic> problems = refused.problems();
              assertThat(problems).hasSize(1);
              assertThat(problems.getFirst().message()).startsWith("variables");
              assertThat(problems.getFirst().help()).isNotEmpty();
            });
  }
}
