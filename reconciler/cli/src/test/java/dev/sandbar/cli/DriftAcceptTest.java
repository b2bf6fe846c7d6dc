package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ignored drift on the command line, and the rule that makes drift intended. */
class DriftAcceptTest {
  private static final String STATUS =
      """
      {"apiVersion": "sandbar.dev/v1alpha1", "kind": "DeviceStatus",
       "writtenAt": "%s", "staleAfterSeconds": 60,
       "apps": [
         {"name": "pump", "revision": "one", "declaredIn": "apps/pump.yaml",
          "driftMode": "Correct", "conditions": [],
          "ignore": [{"property": "Nice", "reason": "tuned: \\"late\\"", "suppresses": 1}],
          "ignored": [
            {"unit": "sandbar-pump.service", "layer": "MANAGER", "subject": "Nice",
             "declared": "0", "observed": "5", "property": "Nice",
             "reason": "tuned: \\"late\\""}],
          "drift": [
            {"unit": "sandbar-pump.service", "layer": "MANAGER", "subject": "CPUWeight",
             "declared": "100", "observed": "50", "since": "2026-01-31T12:00:00Z"},
            {"unit": "sandbar-pump.service", "layer": "FILE", "subject": "/etc/x.conf",
             "declared": "(none)", "observed": "a", "since": "2026-01-31T12:00:00Z"},
            {"unit": "sandbar-pump.service", "layer": "MANAGER", "subject": "ProtectSystem",
             "declared": "strict", "observed": "no", "since": "2026-01-31T12:00:00Z"}]},
         {"name": "quiet", "revision": "one", "conditions": [], "drift": [], "driftMode": "Detect",
          "ignore": [{"property": "CPUWeight", "reason": "tuned", "suppresses": 1}],
          "ignored": [
            {"unit": "sandbar-quiet.service", "layer": "PROCESS", "subject": "CPUWeight",
             "declared": "100", "observed": "50", "property": "CPUWeight", "reason": "tuned"}]}]}
      """;

  @TempDir Path temp;

  private String written(Duration ago) throws IOException {
    Path file = temp.resolve("status.json");
    Files.writeString(file, STATUS.formatted(Instant.now().minus(ago)));
    return file.toString();
  }

  private Ran accept(String... args) throws IOException {
    var all = new ArrayList<>(List.of("drift", "accept"));
    all.addAll(List.of(args));
    all.addAll(List.of("--file", written(Duration.ofSeconds(1))));
    return Ran.sandbar(all.toArray(String[]::new));
  }

  @Test
  void theRuleIsPrintedWithThoseThatAreThere() throws IOException {
    Ran ran = accept("pump", "CPUWeight", "--reason", "tuned on site: by hand # 1");
    assertThat(ran)
        .isEqualTo(
            new Ran(
                0,
                """
                  # apps/pump.yaml: below spec:, in place of its drift section if it has one
                  drift:
                    mode: Correct
                    ignore:
                      - property: Nice
                        reason: "tuned: \\"late\\""
                      - property: CPUWeight
                        reason: "tuned on site: by hand # 1"
                """,
                ""));
    String spec =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: pump}
        spec:
          run: {command: [/usr/bin/pump]}
        """
            + ran.out();
    var document =
        YamlReader.read("pump.yaml", spec.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    assertThat(SpecReader.read(document))
        .isInstanceOfSatisfying(SpecReader.Read.class, read -> isAccepted(read.app()));
  }

  private static void isAccepted(AppSpec app) {
    assertThat(app.drift().mode()).isEqualTo(DriftMode.CORRECT);
    assertThat(app.drift().ignore())
        .extracting(IgnoreRule::property)
        .containsExactly("Nice", "CPUWeight");
    assertThat(app.drift().ignore().getLast().reason()).isEqualTo("tuned on site: by hand # 1");
    assertThat(Compiler.compile(app, ReferenceDevice.facts(app)))
        .isInstanceOf(Compilation.Compiled.class);
  }

  @ParameterizedTest
  @CsvSource({
    "pump, CPUWieght, CPUWieght does not drift in pump now, Did you mean CPUWeight?",
    "pump, MemoryMax, MemoryMax does not drift in pump now, sandbar drift pump",
    "pump, ProtectSystem, drift of ProtectSystem is never ignored: it is part of the sandbox,"
        + " Restore it with sandbar apply",
    "pump, /etc/x.conf, 'only drift of properties can be ignored, and /etc/x.conf is none',"
        + " Restore it with sandbar apply",
    "pump, Nice, 'drift of Nice is ignored already: tuned: \"late\"', sandbar status pump",
    "pomp, CPUWeight, there is no app pomp on this device, sandbar status"
  })
  void whatCannotBeAcceptedSaysWhy(String app, String property, String error, String help)
      throws IOException {
    Ran ran = accept(app, property, "--reason", "tuned");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().replaceAll("\\s+", " ")).contains(error).contains(help);
  }

  @Test
  void aReasonIsNeededAndIsOneLine() throws IOException {
    assertThat(accept("pump", "CPUWeight").err()).contains("--reason");
    assertThat(accept("pump", "CPUWeight", "--reason", " ").err()).contains("the reason is empty");
    assertThat(accept("pump", "CPUWeight", "--reason", "a\nb").err())
        .contains("more than one line");
    assertThat(accept("pump", "CPUWeight", "--reason", "x".repeat(257)).err())
        .contains("257 characters");
  }

  @Test
  void ofAnOldReportNothingIsAccepted() throws IOException {
    Ran ran =
        Ran.sandbar(
            "drift",
            "accept",
            "pump",
            "CPUWeight",
            "--reason",
            "tuned",
            "--file",
            written(Duration.ofMinutes(5)));
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("not known what drifts now");
  }

  @Test
  void ignoredDriftIsListedWithItsReasonAndDoesNotCount() throws IOException {
    String file = written(Duration.ofSeconds(1));
    Ran quiet = Ran.sandbar("drift", "quiet", "--file", file);
    assertThat(quiet.code()).isZero();
    assertThat(quiet.out())
        .startsWith("no drift, as of ")
        .endsWith(
            """

            quiet ignored: process CPUWeight
                declared  100
                observed  50
                reason    tuned
            """);
    Ran both = Ran.sandbar("drift", "--file", file);
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.out())
        .contains("pump drifted: manager CPUWeight", "pump ignored: manager Nice");
    assertThat(Ran.sandbar("drift", "-o", "name", "--file", file).out()).isEqualTo("pump\n");
    assertThat(Ran.sandbar("drift", "quiet", "-o", "wide", "--file", file).out())
        .contains("IGNORED", "REASON", "tuned");
    Fields json = Parsed.json(Ran.sandbar("drift", "-o", "json", "--file", file).out());
    assertThat(json.list("items", n -> Fields.of(n).text("app"))).containsOnly("pump").hasSize(3);
    assertThat(json.list("ignored", n -> Fields.of(n).text("reason")))
        .containsExactly("tuned: \"late\"", "tuned");
  }

  @Test
  void theStatusOfAnAppShowsTheRulesAndWhatEachSuppresses() throws IOException {
    String out = Ran.sandbar("status", "pump", "--file", written(Duration.ofSeconds(1))).out();
    assertThat(out).contains("Ignored drift", "PROPERTY", "IGNORED NOW");
    assertThat(out).containsPattern("Nice +1 +tuned: \"late\"");
  }

  @Test
  void helpTeachesAndShellsComplete() {
    assertThat(Ran.sandbar("drift", "accept", "--help").out())
        .contains("Usage: sandbar drift accept", "--reason", "sandbar drift accept pump CPUWeight");
    assertThat(Ran.sandbar("drift", "--help").out()).contains("accept");
    assertThat(Ran.sandbar("completion", "fish").out())
        .contains("'__sandbar_at drift accept' -a '(__sandbar_apps)'");
    assertThat(Ran.sandbar("completion", "bash").out()).contains("accept");
  }
}
