package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What stands in the bundles. */
class PublishingTest {
  private static final String PUMP =
      """
      devices: {matchLabels: {role: pump}}
      run: {command: [/usr/bin/sleep, infinity]}
      permissions: {internet: true}
      """;

  @Test
  void appsReachTheDevicesThatTheirLabelsSelect(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{role: pump}");
      fleet.device("two", "{role: door}");
      fleet.app("pump", PUMP);
      soon().until(() -> !app(fleet, "one", "pump", "rendered").isEmpty());
      assertThat(app(fleet, "one", "pump", "generation")).isEqualTo("1");
      assertThat(app(fleet, "one", "pump", "revision")).isEqualTo("generation/1");
      assertThat(app(fleet, "one", "pump", "spec", "permissions", "internet")).isEqualTo("true");
      assertThat(app(fleet, "two", "pump", "rendered")).isEmpty();
      soon().until(() -> fleet.bundle("two") != null);
      var owner = Objects.requireNonNull(fleet.bundle("one")).getMetadata().getOwnerReferences();
      assertThat(owner).hasSize(1);
      assertThat(owner.getFirst().getName()).isEqualTo("one");

      fleet
          .client
          .resource(
              """
              apiVersion: sandbar.dev/v1alpha1
              kind: Device
              metadata: {name: two, namespace: %s, labels: {role: pump}}
              """
                  .formatted(fleet.namespace))
          .forceConflicts()
          .serverSideApply();
      soon().until(() -> !app(fleet, "two", "pump", "rendered").isEmpty());
      assertThat(operator.counter("sandbar.compilations")).as("equal devices").isEqualTo(1);
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void onlyTheChangedAppIsWritten(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{role: pump}");
      fleet.device("two", "{role: door}");
      fleet.app("pump", PUMP);
      fleet.app("log", "run: {command: [/usr/bin/sleep, infinity]}");
      soon().until(() -> !app(fleet, "one", "pump", "rendered").isEmpty());
      soon().until(() -> !app(fleet, "one", "log", "rendered").isEmpty());
      String other = Objects.requireNonNull(fleet.bundle("two")).getMetadata().getResourceVersion();
      long before = Objects.requireNonNull(fleet.bundle("one")).getMetadata().getGeneration();
      operator.requests.clear();

      // Without "permissions": what a new spec no longer has must be gone.
      fleet.app(
          "pump", PUMP.replace("permissions: {internet: true}", "permissions: {state: true}"));
      soon().until(() -> app(fleet, "one", "pump", "generation").equals("2"));
      assertThat(app(fleet, "one", "pump", "spec", "permissions")).isEqualTo("{state=true}");
      GenericKubernetesResource bundle = Objects.requireNonNull(fleet.bundle("one"));
      assertThat(bundle.getMetadata().getGeneration()).isEqualTo(before + 1);
      assertThat(app(fleet, "one", "log", "generation")).isEqualTo("1");
      assertThat(Objects.requireNonNull(fleet.bundle("two")).getMetadata().getResourceVersion())
          .isEqualTo(other);
      assertThat(operator.requests.writes("devicebundles")).hasSize(1);
    }
  }

  @Test
  void whatRanGoesOnWhenTheNewSpecIsWrong(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{role: pump}");
      fleet.app("pump", PUMP);
      soon().until(() -> !app(fleet, "one", "pump", "rendered").isEmpty());
      String digest = fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "digest");

      fleet.app("pump", PUMP + "directives: {NoSuchDirective: 1}\n");
      fleet.app("healthy", "run: {command: [/usr/bin/sleep, infinity]}");
      soon().until(() -> fleet.condition(Kind.APP_SANDBOX, "pump", "Stalled").startsWith("True/"));
      soon().until(() -> !app(fleet, "one", "healthy", "rendered").isEmpty());
      assertThat(app(fleet, "one", "pump", "generation")).isEqualTo("1");
      assertThat(fleet.message(Kind.APP_SANDBOX, "pump", "Ready")).contains("NoSuchDirective");
      assertThat(fleet.field(Kind.APP_SANDBOX, "pump", "status", "observedGeneration"))
          .isEqualTo("2");

      fleet.app("pump", PUMP);
      soon().until(() -> app(fleet, "one", "pump", "generation").equals("3"));
      soon().until(() -> fleet.condition(Kind.APP_SANDBOX, "pump", "Stalled").isEmpty());
      assertThat(digest).isNotEqualTo(fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "digest"));
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void aDeviceThatWouldNotEnforceAnAppIsToldAndKeepsWhatItHas(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      fleet.device("able", "{role: pump}");
      fleet.bareDevice("weak", "{role: pump}");
      fleet.app("pump", PUMP);
      soon().until(() -> !app(fleet, "able", "pump", "rendered").isEmpty());
      assertThat(app(fleet, "weak", "pump", "rendered")).as("facts are not known yet").isEmpty();

      fleet.beat("weak");
      fleet.facts("weak", without(Feature.SECCOMP));
      soon()
          .until(
              () ->
                  fleet
                      .field(Kind.APP_SANDBOX, "pump", "status", "devices", "cannotEnforce")
                      .equals("1"));
      assertThat(app(fleet, "weak", "pump", "rendered")).isEmpty();
      assertThat(fleet.condition(Kind.DEVICE, "weak", "Ready")).isEqualTo("False/CannotEnforce");
      assertThat(fleet.field(Kind.DEVICE, "weak", "status", "cannotEnforce")).contains("pump");
      assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready"))
          .isEqualTo("False/CannotEnforce");
      soon().until(() -> fleet.events("Device", "weak").contains("CannotEnforce"));

      fleet.facts("weak", ReferenceDevice.facts());
      soon().until(() -> !app(fleet, "weak", "pump", "rendered").isEmpty());
      soon()
          .until(
              () ->
                  fleet
                      .field(Kind.APP_SANDBOX, "pump", "status", "devices", "cannotEnforce")
                      .equals("0"));
    }
  }

  @Test
  void aBundleThatIsDeletedOrEditedByHandIsPutRight(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{role: pump}");
      fleet.app("pump", PUMP);
      soon().until(() -> !app(fleet, "one", "pump", "rendered").isEmpty());
      String digest = fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "digest");
      String uid = Objects.requireNonNull(fleet.bundle("one")).getMetadata().getUid();

      fleet.client.resource(Objects.requireNonNull(fleet.bundle("one"))).delete();
      soon()
          .until(
              () ->
                  fleet.bundle("one") != null
                      && !Objects.requireNonNull(fleet.bundle("one"))
                          .getMetadata()
                          .getUid()
                          .equals(uid));
      assertThat(fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "digest")).isEqualTo(digest);

      GenericKubernetesResource edited = Objects.requireNonNull(fleet.bundle("one"));
      edited.getMetadata().setManagedFields(null);
      ((java.util.Map<?, ?>) edited.get("spec", "apps")).clear();
      fleet.client.resource(edited).update();
      soon().until(() -> !app(fleet, "one", "pump", "rendered").isEmpty());
      assertThat(fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "digest")).isEqualTo(digest);
    }
  }

  @Test
  void aDeletedAppLeavesTheBundles(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{role: pump}");
      fleet.app("pump", PUMP);
      fleet.app("log", "run: {command: [/usr/bin/sleep, infinity]}");
      soon().until(() -> !app(fleet, "one", "pump", "rendered").isEmpty());
      soon().until(() -> !app(fleet, "one", "log", "rendered").isEmpty());
      fleet.deleteApp("pump");
      soon().until(() -> app(fleet, "one", "pump", "rendered").isEmpty());
      assertThat(app(fleet, "one", "log", "rendered")).isNotEmpty();
      fleet.deleteApp("log");
      soon().until(() -> app(fleet, "one", "log", "rendered").isEmpty());
      assertThat(fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "apps")).isEqualTo("{}");
      fleet.app("log", "run: {command: [/usr/bin/sleep, infinity]}");
      soon().until(() -> !app(fleet, "one", "log", "rendered").isEmpty());
    }
  }

  @Test
  void namespacesAreWorldsOfTheirOwn(@KubernetesApi ApiServer api) {
    try (var left = new TestFleet(api);
        var right = new TestFleet(api);
        var operator = new RunningOperator(api, left.namespace, right.namespace)) {
      left.device("one", "{role: pump}");
      right.device("one", "{role: pump}");
      left.app("pump", PUMP);
      soon().until(() -> !app(left, "one", "pump", "rendered").isEmpty());
      assertThat(app(right, "one", "pump", "rendered")).isEmpty();
      right.app("pump", PUMP);
      soon().until(() -> !app(right, "one", "pump", "rendered").isEmpty());
      right.device("two", "{role: pump}");
      soon().until(() -> !app(right, "two", "pump", "rendered").isEmpty());
      left.deleteApp("pump");
      soon().until(() -> app(left, "one", "pump", "rendered").isEmpty());
      assertThat(app(right, "one", "pump", "rendered")).isNotEmpty();
      assertThat(operator.fatal).isEmpty();
    }
  }

  private static DeviceFacts without(Feature feature) {
    DeviceFacts full = ReferenceDevice.facts();
    var features = new TreeSet<>(full.features());
    features.remove(feature);
    return new DeviceFacts(
        full.systemdVersion(),
        full.kernel(),
        full.architecture(),
        features,
        full.syscalls(),
        full.labels(),
        full.volumes());
  }

  static String app(TestFleet fleet, String device, String app, String... path) {
    var full = new String[path.length + 3];
    full[0] = "spec";
    full[1] = "apps";
    full[2] = app;
    System.arraycopy(path, 0, full, 3, path.length);
    return fleet.field(Kind.DEVICE_BUNDLE, device, full);
  }
}
