package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSettingsTest {

  private static Outcome read(String fields) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, images: {%s}}"
                .formatted(fields)));
  }

  @ParameterizedTest
  @CsvSource({"1K, 1024", "500M, 524288000", "2G, 2147483648", "1T, 1099511627776"})
  void theQuotaIsReadAsSystemdReadsSizes(String text, long bytes) {
    assertThat(read("maxUse: " + text))
        .isInstanceOfSatisfying(
            Outcome.Read.class, it -> assertThat(it.settings().images().maxUse()).isEqualTo(bytes));
  }

  @Test
  void withoutOneTheDiskAloneLimits() {
    assertThat(read("caFile: /etc/ca.pem"))
        .isInstanceOfSatisfying(
            Outcome.Read.class,
            it ->
                assertThat(it.settings().images())
                    .isEqualTo(new DeviceSettings.Images("/etc/ca.pem", "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2000", "-1G", "1.5G", "2 GiB", "80%", "9999999T", "\"\"", "[1G]"})
  void anythingElseIsRefusedWithHelp(String text) {
    assertThat(read("maxUse: " + text))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            it -> assertThat(it.problems().toString()).contains("images.maxUse"));
  }
}
