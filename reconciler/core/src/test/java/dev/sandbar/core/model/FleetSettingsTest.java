package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import org.junit.jupiter.api.Test;

class FleetSettingsTest {

  private static Outcome read(String fields) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, %s}".formatted(fields)));
  }

  private static String refused(String fields) {
    return switch (read(fields)) {
      case Outcome.Refused(var problems) -> problems.toString();
      case Outcome.Read read -> throw new AssertionError("was read: " + read);
    };
  }

  @Test
  void aFleetIsRead() {
    Outcome outcome =
        read(
            "fleet: {server: \"https://10.0.0.1:6443\", namespace: berlin, device: pump-1.b,"
                + " caFile: /etc/sandbar/ca.pem}");
    assertThat(outcome).isInstanceOf(Outcome.Read.class);
    if (outcome instanceof Outcome.Read(var settings)) {
      assertThat(settings.fleet())
          .isEqualTo(
              new DeviceSettings.Fleet(
                  "https://10.0.0.1:6443", "berlin", "pump-1.b", "/etc/sandbar/ca.pem", false));
      assertThat(settings.git().url()).isEmpty();
    }
  }

  @Test
  void noLogsUnlessTheOwnerAllowsIt() {
    String fleet = "fleet: {server: \"https://a:1\", namespace: n, device: d, logs: %s}";
    assertThat(logs(read(fleet.formatted("Allow")))).isTrue();
    assertThat(logs(read(fleet.formatted("Deny")))).isFalse();
    assertThat(DeviceSettings.DEFAULT.fleet().logs()).isFalse();
    for (String word : new String[] {"allow", "true", "yes", "[Allow]", "\"\""}) {
      assertThat(refused(fleet.formatted(word))).as(word).contains("fleet.logs");
    }
  }

  @Test
  void aLinkIsMeteredIfTheOwnerSaysSo() {
    String fleet = "fleet: {server: \"https://a:1\", namespace: n, device: d, metered: %s}";
    for (var expected : java.util.Map.of("true", true, "false", false).entrySet()) {
      assertThat(read(fleet.formatted(expected.getKey())))
          .isInstanceOfSatisfying(
              Outcome.Read.class,
              it -> assertThat(it.settings().fleet().metered()).isEqualTo(expected.getValue()));
    }
    assertThat(DeviceSettings.DEFAULT.fleet().metered()).isFalse();
    for (String word : new String[] {"30m", "1", "[true]", "\"\""}) {
      assertThat(refused(fleet.formatted(word))).as(word).contains("fleet.metered");
    }
  }

  private static boolean logs(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Read(var settings) -> settings.fleet().logs();
      case Outcome.Refused refused -> throw new AssertionError("was refused: " + refused);
    };
  }

  @Test
  void gitAndFleetTogetherAreRefused() {
    assertThat(
            refused(
                "git: {url: \"https://git.example.com/f.git\"}, fleet: {server: \"https://a:1\","
                    + " namespace: n, device: d}"))
        .contains("git and fleet are both given", "remove git");
  }

  @Test
  void wrongFieldsSayWhere() {
    assertThat(refused("fleet: {server: \"http://a\", namespace: n, device: d}"))
        .contains("fleet.server");
    assertThat(refused("fleet: {server: \"https://a\", namespace: Berlin, device: d}"))
        .contains("fleet.namespace");
    assertThat(refused("fleet: {server: \"https://a\", namespace: n, device: \"../x\"}"))
        .contains("fleet.device");
    assertThat(refused("fleet: {server: \"https://a\", namespace: n}")).contains("device");
    assertThat(refused("fleet: {server: \"https://a\", namespace: n, device: d, token: x}"))
        .contains("token");
  }
}
