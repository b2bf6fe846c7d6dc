package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Queries on their way to a device, and their end. */
class QueriesTest {
  private static final String KEY = "MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

  private static GenericKubernetesResource ask(TestFleet fleet, String device) {
    String yaml =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: DeviceQuery
        metadata: {name: %s, namespace: %s}
        spec: {publicKey: "%s", events: {}}
        """
            .formatted(device, fleet.namespace, KEY);
    return (GenericKubernetesResource) fleet.client.resource(yaml).create();
  }

  private static String announced(TestFleet fleet, String device) {
    return ObjectFields.annotation(
        Objects.requireNonNull(fleet.bundle(device)), QueryContract.ANNOTATION);
  }

  private static void delete(TestFleet fleet, String device) {
    fleet
        .client
        .genericKubernetesResources(Kind.DEVICE_QUERY.context())
        .inNamespace(fleet.namespace)
        .withName(device)
        .delete();
  }

  private static String uid(TestFleet fleet, Kind kind, String name) {
    return Objects.requireNonNull(fleet.get(kind, name)).getMetadata().getUid();
  }

  @Test
  void aQueryIsAnnouncedUntilItIsAnsweredOrGone(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.device("one", "{role: pump}");
        fleet.device("two", "{role: pump}");
        soon().until(() -> fleet.bundle("one") != null && fleet.bundle("two") != null);
        var _ = ask(fleet, "one");
        String uid = uid(fleet, Kind.DEVICE_QUERY, "one");
        soon().until(() -> announced(fleet, "one").equals(uid));
        assertThat(announced(fleet, "two")).isEmpty();
        var owner =
            Objects.requireNonNull(fleet.get(Kind.DEVICE_QUERY, "one"))
                .getMetadata()
                .getOwnerReferences()
                .getFirst();
        assertThat(owner.getUid()).isEqualTo(uid(fleet, Kind.DEVICE, "one"));

        // What else changes in the bundle keeps the announcement, and it is no new generation.
        long before = Objects.requireNonNull(fleet.bundle("one")).getMetadata().getGeneration();
        fleet.app(
            "pump",
            "devices: {matchLabels: {role: pump}}\nrun: {command: [/usr/bin/sleep, infinity]}");
        soon()
            .until(() -> !fleet.field(Kind.DEVICE_BUNDLE, "one", "spec", "apps", "pump").isEmpty());
        assertThat(announced(fleet, "one")).isEqualTo(uid);
        var bundle = Objects.requireNonNull(fleet.bundle("one"));
        assertThat(bundle.getMetadata().getGeneration()).isEqualTo(before + 1);

        fleet.raw(Kind.DEVICE_QUERY, "one", "{\"answer\": \"AAAA\"}");
        soon().until(() -> announced(fleet, "one").isEmpty());
        assertThat(Objects.requireNonNull(fleet.bundle("one")).getMetadata().getGeneration())
            .isEqualTo(before + 1);

        // One that takes the place of another is announced in its place.
        delete(fleet, "one");
        var _ = ask(fleet, "one");
        String next = uid(fleet, Kind.DEVICE_QUERY, "one");
        soon().until(() -> announced(fleet, "one").equals(next));
        // A bundle that is made again announces what its predecessor did.
        String old = uid(fleet, Kind.DEVICE_BUNDLE, "one");
        fleet
            .client
            .genericKubernetesResources(Kind.DEVICE_BUNDLE.context())
            .inNamespace(fleet.namespace)
            .withName("one")
            .delete();
        soon()
            .until(
                () ->
                    !uid(fleet, Kind.DEVICE_BUNDLE, "one").equals(old)
                        && announced(fleet, "one").equals(next));
        delete(fleet, "one");
        soon().until(() -> announced(fleet, "one").isEmpty());
        assertThat(operator.fatal).isEmpty();
        var _ = ask(fleet, "two");
        soon().until(() -> !announced(fleet, "two").isEmpty());
      }
      // What an operator has left is cleared by the next one.
      delete(fleet, "two");
      assertThat(announced(fleet, "two")).isNotEmpty();
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> announced(fleet, "two").isEmpty());
      }
    }
  }
}
