package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceVariablesTest {

  private static final DeviceVariables PUMP =
      device(Map.of("site", "berlin", "example.com/zone", "a$1"));

  private static final String SPEC =
      """
      {run: {command: [/usr/bin/app, "--id=${device.name}", "${HOME} ${x} $device.name"],
             environment: {SITE: "${device.labels.site}-${device.labels.example.com/zone}"}},
       files: [{path: /run/app.conf, content: "id ${device.name}, $${device.name}, ${device.name"}]}
      """
          .replace(", ${device.name\"", "\"");

  private static DeviceVariables device(Map<String, String> labels) {
    return new DeviceVariables("pump-1", labels, Map.of());
  }

  /** The document that the operator makes for the device. */
  private static Node bundled(String text, DeviceVariables device) {
    Node document = FlowText.app("app", text);
    Node spec = Objects.requireNonNull(document.fields().get("spec"));
    Node bundled = device.replaced(FlowText.read("app", text), spec);
    return Node.mapping(
        document.fields().entrySet().stream()
            .map(e -> Node.entry(e.getKey(), e.getKey().equals("spec") ? bundled : e.getValue()))
            .toList());
  }

  private static AppSpec app() {
    return FlowText.read("app", SPEC);
  }

  @Test
  void areReplacedWhereTheyMayBe() {
    AppSpec app = PUMP.resolved(app());
    assertThat(PUMP.problems(app())).isEmpty();
    assertThat(app.run().command())
        .containsExactly("/usr/bin/app", "--id=pump-1", "${HOME} ${x} $device.name");
    assertThat(app.run().environment()).containsEntry("SITE", "berlin-a$1");
    assertThat(app.files().getFirst().text()).isEqualTo("id pump-1, ${device.name}");
    assertThat(DeviceVariables.isUsed(app())).isTrue();
  }

  /** What the operator puts into a bundle, the agent reads and resolves again. */
  @Test
  void aBundleGivesTheSame() {
    assertThat(SpecReader.read(bundled(SPEC, PUMP)))
        .isInstanceOfSatisfying(
            SpecReader.Read.class,
            read -> {
              assertThat(DeviceVariables.isUsed(read.app())).isFalse();
              AppSpec there = new DeviceVariables("other", Map.of(), Map.of()).resolved(read.app());
              AppSpec here = PUMP.resolved(app());
              assertThat(there.run().command()).isEqualTo(here.run().command());
              assertThat(there.run().environment()).isEqualTo(here.run().environment());
              assertThat(there.files().getFirst().text()).isEqualTo(here.files().getFirst().text());
            });
  }

  @Test
  void whatTheDeviceLacksIsSaidWithItsField() {
    assertThat(device(Map.of("site", "berlin")).problems(app()))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.message())
                  .isEqualTo(
                      "run.environment.SITE: this device has no label 'example.com/zone' with a value");
              assertThat(d.help()).contains("key: example.com/zone, operator: Exists");
            });
  }

  @Test
  void aLabelWithoutAValueIsMissingToo() {
    var empty = device(Map.of("site", "", "example.com/zone", "a"));
    assertThat(empty.problems(app())).hasSize(1);
  }

  @Test
  void noVariableChangesWhereTheProgramIs() {
    String spec = "{run: {command: [\"/opt/${device.labels.site}/app\"]}}";
    assertThat(SpecReader.read(FlowText.app("app", spec)))
        .isInstanceOfSatisfying(
            SpecReader.Refused.class,
            refused ->
                assertThat(refused.diagnostics())
                    .extracting(Diagnostic::message)
                    .containsExactly("run: the path of a program holds a variable"));
  }

  @Test
  void ofNoDeviceTheyStay() {
    var none = new DeviceVariables("", Map.of(), Map.of());
    assertThat(none.problems(app())).isEmpty();
    assertThat(none.resolved(app()).run().command()).contains("--id=${device.name}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "${device.nmae}",
        "${device.labels}",
        "${device.labels.}",
        "${device.}",
        "x ${device.name",
        "${device.Name}",
        "$$${device.nmae}"
      })
  void whatIsNoneIsAnErrorAndNeverAnEmptyText(String text) {
    String spec = "{run: {command: [/usr/bin/app, \"" + text + "\"]}}";
    boolean escaped = text.startsWith("$$$");
    assertThat(SpecReader.read(FlowText.app("app", spec)) instanceof SpecReader.Refused)
        .isEqualTo(!escaped);
  }

  /** Of a file that somebody took from elsewhere nothing is shown. */
  @Test
  void whatIsNoNameIsNotShown() {
    for (String variable : new String[] {"a word", "labels.a word", "a\nword"}) {
      String spec =
          "{run: {command: [/a]}, files: [{path: /run/a, content: \"x ${device."
              + variable.replace("\n", "\\n")
              + "}\"}]}";
      List<Diagnostic> found =
          switch (SpecReader.read(FlowText.app("app", spec))) {
            case SpecReader.Read(var app, _) -> device(Map.of()).problems(app);
            case SpecReader.Refused refused -> refused.diagnostics();
          };
      assertThat(found).hasSize(1);
      assertThat(found.getFirst().message()).startsWith("files: /run/a: ").doesNotContain("word");
      assertThat(found.getFirst().help()).doesNotContain("word");
    }
  }
}
