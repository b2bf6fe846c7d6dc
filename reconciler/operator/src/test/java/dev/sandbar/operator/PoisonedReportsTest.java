package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What devices wrote while nothing had bounds yet, and an operator that starts with it. */
class PoisonedReportsTest {
  private static final int POISONED = 200;
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  /** Of every field that a device may write. */
  private static final List<String> DEVICE =
      List.of(
          "facts",
          "observedGeneration",
          "conditions",
          "apps",
          "cannotEnforce",
          "lastSeen",
          "credential",
          "facts.systemd",
          "facts.kernel",
          "facts.architecture",
          "facts.features",
          "facts.volumes",
          "facts.systemCalls",
          "facts.digest",
          "facts.agent");

  private static final List<String> BUNDLE =
      List.of("observedGeneration", "digest", "reportedAt", "apps", "conditions", "decommissioned");

  private static String extreme(Random random) {
    return switch (random.nextInt(11)) {
      case 0 -> Long.toString(random.nextLong());
      case 1 -> "9999999999";
      case 2 -> "2147483648";
      case 3 -> "-" + random.nextLong(Long.MAX_VALUE);
      case 4 -> "1e" + random.nextInt(300);
      case 5 -> "\"0000-01-01T00:00:00Z\"";
      case 6 -> "\"" + "x".repeat(random.nextInt(1 << 16)) + "\"";
      case 7 -> "[null, 1, \"a\", {}]";
      case 8 -> "{\"a\": null, \"" + "k".repeat(1 + random.nextInt(60_000)) + "\": [1]}";
      case 9 -> "[{\"type\": \"Ready\", \"lastTransitionTime\": \"x\", \"status\": \"Maybe\"}]";
      default -> "true";
    };
  }

  /** Several fields at once, so that every one has its turn. */
  private static String status(List<String> fields, Random random) {
    var status = new TreeMap<String, String>();
    var facts = new TreeMap<String, String>();
    for (String field : fields) {
      if (random.nextInt(3) > 0) {
        continue;
      }
      if (field.startsWith("facts.")) {
        facts.put(field.substring("facts.".length()), extreme(random));
      } else if (!field.contains(".")) {
        status.put(field, extreme(random));
      }
    }
    if (!facts.isEmpty()) {
      status.put("facts", json(facts));
    }
    return json(status);
  }

  private static String json(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(e -> "\"" + e.getKey() + "\": " + e.getValue())
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static void loosen(TestFleet fleet) {
    for (String kind : List.of("devices.sandbar.dev", "devicebundles.sandbar.dev")) {
      var _ =
          fleet
              .client
              .apiextensions()
              .v1()
              .customResourceDefinitions()
              .withName(kind)
              .edit(
                  definition -> {
                    JSONSchemaProps root =
                        definition
                            .getSpec()
                            .getVersions()
                            .getFirst()
                            .getSchema()
                            .getOpenAPIV3Schema();
                    var status = new JSONSchemaProps();
                    status.setType("object");
                    status.setXKubernetesPreserveUnknownFields(true);
                    root.getProperties().put("status", status);
                    return definition;
                  });
    }
    soon()
        .until(
            () -> {
              fleet.bareDevice("probe", "{}");
              fleet.raw(Kind.DEVICE, "probe", "{\"facts\": {\"systemd\": 9999999999}}");
              return true;
            });
  }

  @Test
  void devicesThatWriteExtremesHarmNobodyElse(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api)) {
      loosen(fleet);
      fleet.device("honest", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> !app(fleet, "rendered").isEmpty());
        fleet.takeOver("honest");
      }
      try (var workers = Executors.newFixedThreadPool(4)) {
        IntStream.range(0, POISONED).forEach(i -> workers.execute(() -> poison(fleet, i)));
      }
      fleet.app("pump", SPEC + "\nmode: Open\n");
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> app(fleet, "generation").equals("2"));
        fleet.takeOver("honest");
        fleet.beat("honest");
        soon()
            .until(
                () ->
                    fleet
                        .condition(Kind.DEVICE, "honest", "Ready")
                        .equals("True/ReconciliationSucceeded"));
        soon()
            .until(
                () ->
                    fleet.condition(Kind.DEVICE, "probe", "Stalled").equals("True/InvalidReport"));
        assertThat(fleet.message(Kind.DEVICE, "probe", "Stalled"))
            .contains("status.facts.systemd '9999999999'");
        soon().until(() -> fleet.events("Device", "probe").contains("InvalidReport"));
        assertThat(operator.registry.find("sandbar.misreports").counters())
            .as("some by name, and the others together")
            .hasSizeBetween(2, 51);
        // The device corrects itself.
        fleet.facts("probe", ReferenceDevice.facts());
        soon().until(() -> fleet.bundle("probe") != null);
        soon().until(() -> fleet.condition(Kind.DEVICE, "probe", "Stalled").isEmpty());
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  private static void poison(TestFleet fleet, int i) {
    var random = new Random(20261126 + i);
    String name = "poison-" + i;
    fleet.bareDevice(name, "{}");
    fleet.raw(Kind.DEVICE, name, status(DEVICE, random));
    String bundle =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: DeviceBundle
        metadata: {name: %s, namespace: %s}
        spec: {digest: "", apps: {}}
        """;
    fleet.client.resource(bundle.formatted(name, fleet.namespace)).create();
    fleet.raw(Kind.DEVICE_BUNDLE, name, status(BUNDLE, random));
    String lease =
        """
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata: {name: %s, namespace: %s, labels: {sandbar.dev/device: %s}}
        spec:
          leaseDurationSeconds: %d
          renewTime: "%s-01-01T00:00:00.000000Z"
          holderIdentity: %s
        """;
    fleet.post(
        "/apis/coordination.k8s.io/v1/namespaces/" + fleet.namespace + "/leases",
        lease.formatted(
            name,
            fleet.namespace,
            name,
            random.nextBoolean() ? Integer.MAX_VALUE : 1,
            random.nextBoolean() ? "0000" : "9999",
            "x".repeat(1 + random.nextInt(1 << 16))));
  }

  private static String app(TestFleet fleet, String field) {
    return PublishingTest.app(fleet, "honest", "pump", field);
  }
}
