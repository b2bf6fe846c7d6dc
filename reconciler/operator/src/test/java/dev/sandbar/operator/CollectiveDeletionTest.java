package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.apiserver.KubernetesApi.Scope;
import io.micrometer.core.instrument.Timer;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A namespace is deleted, and what is in it object by object, as the namespace controller does, or
 * the definition of AppSandboxes, and all of them with it: devices keep what they run.
 */
class CollectiveDeletionTest {
  private static final String PUMP =
      """
      devices: {matchLabels: {role: pump}}
      run: {command: [/usr/bin/sleep, infinity]}
      """;

  private static final String DEFINITIONS =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/";
  private static final String DEFINITION = "appsandboxes.sandbar.dev";

  private int n;

  /** The test deletes what is in a namespace, in the order that matters. */
  @BeforeAll
  static void stopTheNamespaceController(@KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    api.stopControllerManager();
  }

  private static boolean has(TestFleet fleet, String app) {
    return !PublishingTest.app(fleet, "north", app, "rendered").isEmpty();
  }

  private static void installed(TestFleet fleet) {
    fleet.device("north", "{role: pump}");
    fleet.app("pump", PUMP);
    fleet.app("valve", PUMP);
    soon().until(() -> has(fleet, "pump") && has(fleet, "valve"));
  }

  private static void deleteNamespace(TestFleet fleet) {
    var _ = fleet.client.namespaces().withName(fleet.namespace).delete();
    soon()
        .until(
            () -> fleet.client.namespaces().withName(fleet.namespace).get().isMarkedForDeletion());
  }

  private static long looks(RunningOperator operator) {
    return operator
        .registry
        .find("sandbar.operator.reconcile.duration")
        .tag("kind", "Device")
        .timers()
        .stream()
        .mapToLong(Timer::count)
        .sum();
  }

  private void hasLooked(RunningOperator operator, TestFleet fleet) {
    hasLooked(operator, fleet, "/api/v1/namespaces/" + fleet.namespace);
  }

  private void hasLooked(RunningOperator operator, TestFleet fleet, String object) {
    soon().until(() -> operator.requests.all().contains("GET " + object));
    // Of two that end from now on, one began after that.
    long before = looks(operator);
    soon()
        .until(
            () -> {
              fleet.patch("north", "{\"metadata\": {\"labels\": {\"n\": \"%d\"}}}".formatted(n++));
              return looks(operator) >= before + 2;
            });
  }

  @Test
  void appsThatGoWithTheirNamespaceStayOnDevices(
      @KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        installed(fleet);
        deleteNamespace(fleet);
        operator.requests.clear();
        fleet.deleteApp("pump");
        hasLooked(operator, fleet);
        assertThat(has(fleet, "pump")).isTrue();
      }
      // An operator that begins in the middle of it knows no app that had gone.
      fleet.deleteApp("valve");
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        hasLooked(operator, fleet);
        assertThat(has(fleet, "pump")).isTrue();
        assertThat(has(fleet, "valve")).isTrue();
      }
    }
  }

  @Test
  void appsThatGoWithTheDefinitionOfTheirKindStayOnDevices(
      @KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      var definitions = fleet.client.apiextensions().v1().customResourceDefinitions();
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        installed(fleet);
        var installed = Instant.now();
        operator.requests.clear();
        var _ = definitions.withName(DEFINITION).delete();
        soon().until(() -> definitions.withName(DEFINITION).get() == null);
        hasLooked(operator, fleet, DEFINITIONS + DEFINITION);
        assertThat(has(fleet, "pump")).isTrue();
        assertThat(has(fleet, "valve")).isTrue();
        // The times of objects are of seconds.
        soon().until(() -> Instant.now().isAfter(installed.plusSeconds(2)));
        api.applyCrds(Path.of("../../charts/sandbar/crds"));
        fleet.app("pump", PUMP);
        hasLooked(operator, fleet, DEFINITIONS + DEFINITION);
        assertThat(has(fleet, "valve")).isTrue();
      }
      // An operator that begins now knows no app that had gone.
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        hasLooked(operator, fleet, DEFINITIONS + DEFINITION);
        assertThat(has(fleet, "pump")).isTrue();
        assertThat(has(fleet, "valve")).isTrue();
      }
    }
  }

  @Test
  void anAppThatIsDeletedByItselfStillGoes(@KubernetesApi(scope = Scope.CLASS) ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      installed(fleet);
      fleet.deleteApp("pump");
      soon().until(() -> !has(fleet, "pump"));
      assertThat(has(fleet, "valve")).isTrue();
      fleet.deleteApp("valve");
      soon().until(() -> !has(fleet, "valve"));
    }
  }
}
