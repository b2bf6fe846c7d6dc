package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.window.Maintenance;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaintenanceReaderTest {
  private static final String RUN = "run: {command: [/usr/bin/app]}, ";

  @Test
  void readsWhatAnAppSays() {
    Maintenance read =
        FlowText.read(
                "pump",
                "{"
                    + RUN
                    + "maintenance: {apply: [{at: \"0 2 * * *\", for: 90m}, {at: \"@weekly\", for: 1d}],"
                    + " timeZone: Europe/Berlin, maxDefer: 7d}}")
            .maintenance();
    assertThat(read.apply().zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
    assertThat(read.apply().all()).hasSize(2);
    assertThat(read.apply().all().getFirst().length()).isEqualTo(Duration.ofMinutes(90));
    assertThat(read.maxDefer()).isEqualTo(Duration.ofDays(7));
    assertThat(read.apply().isOpen(Instant.parse("2026-12-01T01:30:00Z"))).isTrue();
  }

  @Test
  void nothingIsSaidByDefault() {
    assertThat(FlowText.read("pump", "{" + RUN + "maintenance: {}}").maintenance())
        .isEqualTo(Maintenance.NONE);
  }

  @Test
  void anAppCanHaveABusyFile() {
    String state = "permissions: {state: true}, ";
    assertThat(
            FlowText.read("pump", "{" + RUN + state + "maintenance: {busyFile: true}}")
                .maintenance()
                .busyFile())
        .isTrue();
    assertThat(
            FlowText.read("pump", "{" + RUN + "maintenance: {busyFile: false, maxDefer: 1h}}")
                .maintenance())
        .isEqualTo(new Maintenance(Maintenance.NONE.apply(), Duration.ofHours(1)));
  }

  /** It is a file of one app. */
  @Test
  void aDeviceHasNone() {
    Node document =
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, maintenance: {busyFile: true}}");
    assertThat(DeviceSettingsReader.read(document).toString())
        .contains("unknown field 'busyFile' in maintenance");
  }

  @Test
  void readsWhatADeviceSays() {
    Node document =
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig,"
                + " maintenance: {apply: [{at: \"0 2 * * *\", for: 2h}]}}");
    assertThat(DeviceSettingsReader.read(document))
        .isInstanceOfSatisfying(
            DeviceSettingsReader.Outcome.Read.class,
            read -> assertThat(read.settings().maintenance().apply().all()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          apply: [{at: "0 0 30 2 *", for: 2h}] | never comes
          apply: [{at: "0 2 * * 5-1", for: 2h}] | ends before it begins
          apply: [{at: "0 2 * * *", for: 169h}] | '169h' is not such a length of time
          maxDefer: 366d | '366d' is not such a length of time
          timeZone: Europe/Berln | did you mean Europe/Berlin?
          """)
  void onlyADeviceKnows(String maintenance, String message) {
    assertThat(
            SpecReader.read(FlowText.app("bad", "{" + RUN + "maintenance: {" + maintenance + "}}"))
                .diagnostics())
        .singleElement()
        .satisfies(d -> assertThat(d.message() + d.help()).contains(message));
  }
}
