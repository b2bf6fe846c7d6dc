package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A selector, or labels, that take an app from many devices at once. */
@Execution(ExecutionMode.CONCURRENT)
class AppsWithdrawnTest {
  private static final List<String> DEVICES = List.of("a", "b", "c", "d", "e", "f");
  private static final String PUMP =
      """
      devices: {matchLabels: {role: pump}}
      run: {command: [/usr/bin/sleep, infinity]}
      """;
  private static final String DOOR = PUMP.replace("role: pump", "role: door");

  private static List<String> having(TestFleet fleet, String app) {
    return DEVICES.stream()
        .filter(device -> !PublishingTest.app(fleet, device, app, "rendered").isEmpty())
        .toList();
  }

  private static void installed(TestFleet fleet) {
    DEVICES.forEach(device -> fleet.device(device, "{role: pump}"));
    fleet.app("pump", PUMP);
    soon().until(() -> having(fleet, "pump").equals(DEVICES));
  }

  private static String stalled(TestFleet fleet) {
    return fleet.condition(Kind.APP_SANDBOX, "pump", "Stalled");
  }

  private static void label(TestFleet fleet, Stream<String> devices) {
    devices.forEach(
        device -> fleet.patch(device, "{\"metadata\": {\"labels\": {\"role\": \"door\"}}}"));
  }

  private static void consent(TestFleet fleet, int devices) {
    var _ =
        fleet
            .client
            .genericKubernetesResources(Kind.APP_SANDBOX.context())
            .inNamespace(fleet.namespace)
            .withName("pump")
            .edit(
                app -> {
                  app.getMetadata().getAnnotations().put("sandbar.dev/maxRemovals", "" + devices);
                  return app;
                });
  }

  @Test
  void aTypoInASelectorTakesTheAppFromNoDevice(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        installed(fleet);
        fleet.app("pump", PUMP.replace("role: pump", "role: pmup"));
        soon().until(() -> stalled(fleet).equals("True/AppsWithdrawn"));
        assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready"))
            .isEqualTo("False/AppsWithdrawn");
        assertThat(fleet.message(Kind.APP_SANDBOX, "pump", "Ready"))
            .contains("all 6 devices that have the app would lose it at once")
            .contains("kubectl annotate asb pump --overwrite sandbar.dev/maxRemovals=6");
        soon().until(() -> fleet.events("AppSandbox", "pump").contains("AppsWithdrawn"));
        soon()
            .until(
                () ->
                    fleet.message(Kind.DEVICE, "a", "Ready").contains("no longer selected: pump"));
      }
      // What an operator has seen ends with it; this one finds all bundles as they were.
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        fleet.app("door", DOOR);
        label(fleet, Stream.of("a"));
        soon().until(() -> having(fleet, "door").equals(List.of("a")));
        assertThat(having(fleet, "pump")).isEqualTo(DEVICES);
        assertThat(PublishingTest.app(fleet, "a", "pump", "generation")).isEqualTo("1");

        consent(fleet, 5);
        soon()
            .until(() -> fleet.message(Kind.APP_SANDBOX, "pump", "Ready").contains("more than 5"));
        assertThat(having(fleet, "pump")).isEqualTo(DEVICES);
        consent(fleet, 6);
        soon().until(() -> having(fleet, "pump").isEmpty());
        soon().until(() -> stalled(fleet).isEmpty());
      }
    }
  }

  @Test
  void aThirdOfTheDevicesMayBeLabelledOtherwiseAndNotMore(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      installed(fleet);
      fleet.app("door", DOOR);
      label(fleet, Stream.of("a", "b"));
      soon().until(() -> having(fleet, "pump").equals(List.of("c", "d", "e", "f")));
      soon().until(() -> having(fleet, "door").equals(List.of("a", "b")));
      assertThat(stalled(fleet)).isEmpty();

      label(fleet, Stream.of("c", "d"));
      soon().until(() -> stalled(fleet).equals("True/AppsWithdrawn"));
      assertThat(fleet.message(Kind.APP_SANDBOX, "pump", "Ready"))
          .contains("2 of 4 devices would lose the app at once, more than 1");
      // The guard takes nothing away, and keeps nothing out.
      soon().until(() -> having(fleet, "door").equals(List.of("a", "b", "c", "d")));
      assertThat(having(fleet, "pump")).containsExactly("c", "d", "e", "f");

      fleet.deleteApp("pump");
      soon().until(() -> having(fleet, "pump").isEmpty());
    }
  }
}
