package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.device.kernel.BootTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** status and drift, over what an agent wrote. */
class StatusTest {
  private static final String STATUS =
      """
      {"apiVersion": "sandbar.dev/v1alpha1", "kind": "DeviceStatus",
       "writtenAt": "%s", "staleAfterSeconds": 60,
       "source": {"url": "https://git.example.com/apps", "revision": "%s", "problem": ""},
       "apps": [
         {"name": "pump", "revision": "%s", "conditions": [
            {"type": "Ready", "status": "True", "reason": "Applied", "message": "runs as declared"},
            {"type": "Drifted", "status": "False", "reason": "NoDriftDetected", "message": ""}],
          "drift": []},
         {"name": "valve", "revision": "%s", "conditions": [
            {"type": "Ready", "status": "False", "reason": "Drifted", "message": "drifted"},
            {"type": "Drifted", "status": "True", "reason": "DriftDetected",
             "message": "IPAddressDeny differs"}],
          "drift": [
            {"unit": "sandbar-valve.service", "layer": "MANAGER", "subject": "IPAddressDeny",
             "declared": "0.0.0.0/0 ::/0", "observed": "(none)",
             "since": "2026-01-31T12:00:00Z"}]}]}
      """;
  private static final String REVISION = "main@sha1:" + "3b1f0c5a".repeat(5);

  @TempDir Path temp;

  private String written(Duration ago, String text) throws IOException {
    Instant at = Instant.now().minus(ago);
    Path file = temp.resolve("status.json");
    Files.writeString(file, text.formatted(at, REVISION, REVISION, REVISION));
    return file.toString();
  }

  @Test
  void aFreshStatusIsShownAsATable() throws IOException {
    var ran = Ran.sandbar("status", "--file", written(Duration.ofSeconds(5), STATUS));
    assertThat(ran.code()).isZero();
    Golden.matches("status.txt", ran.out().replaceAll("reported \\d+ s ago", "reported 5 s ago"));
    assertThat(ran.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void aStaleStatusIsUnknownAndNothingInItIsGreen() throws IOException {
    String file = written(Duration.ofMinutes(5), STATUS);
    var ran = Ran.onTerminal(Map.of(), "", "status", "--file", file);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("Unknown").doesNotContain("True").doesNotContain("\u001B[32m");
    assertThat(ran.err()).contains("5 min ago");
    assertThat(Ran.sandbar("drift", "--file", file).code()).isEqualTo(1);
  }

  @Test
  void aFreshStatusIsGreenWhereAllIsWell() throws IOException {
    var ran = Ran.onTerminal(Map.of(), "", "status", "--file", written(Duration.ZERO, STATUS));
    assertThat(ran.out()).contains("\u001B[32mTrue\u001B[0m").contains("\u001B[31mFalse\u001B[0m");
  }

  @Test
  void aStatusWithoutATimeIsStale() throws IOException {
    String text = STATUS.replace("\"writtenAt\": \"%s\",", "\"was\": \"%s\",");
    assertThat(Ran.sandbar("status", "--file", written(Duration.ZERO, text)).code()).isEqualTo(1);
  }

  /**
   * How long ago it was written says the clock that nobody sets, if it was written in this boot.
   */
  @Test
  void aClockThatIsSetMakesNoStatusOldOrNew() throws IOException {
    BootTime now = BootTime.now();
    Duration years = Duration.ofDays(9_000);
    assertThat(status(years, now.boot(), now.seconds()).code()).isZero();
    assertThat(status(years.negated(), now.boot(), now.seconds()).code()).isZero();
    // This machine was booted more than a minute ago.
    assertThat(status(Duration.ZERO, now.boot(), 0).code()).isEqualTo(1);
    assertThat(status(years.negated(), now.boot(), 0).code()).isEqualTo(1);
    // One of another boot, or of another device.
    assertThat(status(Duration.ZERO, "another", 0).code()).isZero();
    assertThat(status(years, "another", now.seconds()).code()).isEqualTo(1);
    for (long never : new long[] {Long.MIN_VALUE, -1, now.seconds() + 180, Long.MAX_VALUE}) {
      assertThat(status(Duration.ZERO, now.boot(), never).code()).isZero();
      assertThat(status(years, now.boot(), never).code()).isEqualTo(1);
    }
  }

  private Ran status(Duration ago, String boot, long uptime) throws IOException {
    String times =
        "\"bootId\": \"%s\", \"uptimeSeconds\": %d, \"writtenAt\"".formatted(boot, uptime);
    return Ran.sandbar("status", "--file", written(ago, STATUS.replace("\"writtenAt\"", times)));
  }

  @Test
  void driftIsNamedWithWhatWasDeclaredAndWhatIsThere() throws IOException {
    var ran = Ran.sandbar("drift", "--file", written(Duration.ofSeconds(5), STATUS));
    assertThat(ran)
        .isEqualTo(
            new Ran(
                2,
                """
                valve drifted: manager IPAddressDeny since 2026-01-31T12:00:00Z
                  - declared  0.0.0.0/0 ::/0
                  + observed  (none)
                """,
                ""));
  }

  @Test
  void driftOfOneAppIsOfThatAppOnly() throws IOException {
    String file = written(Duration.ofSeconds(5), STATUS);
    var clean = Ran.sandbar("drift", "pump", "--file", file);
    assertThat(clean.code()).isZero();
    assertThat(clean.out()).startsWith("no drift");
    var unknown = Ran.sandbar("drift", "pomp", "--file", file);
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).contains("there is no app pomp");
  }

  @Test
  void machinesGetTheSame() throws IOException {
    String file = written(Duration.ofSeconds(5), STATUS);
    Fields drift = Parsed.json(Ran.sandbar("drift", "-o", "json", "--file", file).out());
    assertThat(drift.flag("stale")).isFalse();
    assertThat(drift.list("items", n -> Fields.of(n).text("subject")))
        .containsExactly("IPAddressDeny");
    assertThat(Parsed.yaml(Ran.sandbar("status", "-o", "yaml", "--file", file).out()).keys())
        .contains("apps", "source");
  }

  @Test
  void withoutAnAgentItSaysSo() {
    var ran = Ran.sandbar("status", "--file", temp.resolve("none.json").toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("no agent has reported").contains("sandbar agent");
  }

  @Test
  void agesAreShort() {
    assertThat(StatusFile.ago(Duration.ofSeconds(119))).isEqualTo("119 s");
    assertThat(StatusFile.ago(Duration.ofMinutes(119))).isEqualTo("119 min");
    assertThat(StatusFile.ago(Duration.ofHours(47))).isEqualTo("47 h");
    assertThat(StatusFile.ago(Duration.ofHours(49))).isEqualTo("2 d");
  }
}
