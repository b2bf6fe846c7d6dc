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
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What devices wrote while nothing had bounds yet, and an operator that starts with it. */
class PoisonedReportsTest {
  private static final String DEVICE = "devices.sandbar.dev";
  private static final String BUNDLE = "devicebundles.sandbar.dev";
  private static final String ROOT = "status";

  /** Enough that there are {@value #EXTREMES} in every field that is a text or a number. */
  private static final int POISONED = 450;

  private static final int EXTREMES = 200;
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  /** How often an extreme was put into which field of a status. */
  private final Map<String, Integer> written = new ConcurrentHashMap<>();

  private static String extreme(Random random) {
    return switch (random.nextInt(11)) {
      case 0 -> Long.toString(random.nextLong());
      case 1 -> "9999999999";
      case 2 -> "2147483648";
      case 3 -> "-" + random.nextLong(Long.MAX_VALUE);
      case 4 -> "1e" + random.nextInt(300);
      case 5 -> "\"0000-01-01T00:00:00Z\"";
      case 6 -> "\"" + "x".repeat(random.nextInt(1 << 13)) + "\"";
      case 7 -> "[null, 1, \"a\", {}]";
      case 8 -> "{\"a\": null, \"" + "k".repeat(1 + random.nextInt(8_000)) + "\": [1]}";
      case 9 -> "[{\"type\": \"Ready\", \"lastTransitionTime\": \"x\", \"status\": \"Maybe\"}]";
      default -> "true";
    };
  }

  /** A value as the schema has it, but that most of what stands in it is an extreme. */
  private String value(String path, JSONSchemaProps schema, Random random) {
    var fields =
        schema.getProperties() == null ? Map.<String, JSONSchemaProps>of() : schema.getProperties();
    var each = schema.getAdditionalProperties();
    var items = schema.getItems();
    boolean isLeaf = fields.isEmpty() && each == null && items == null;
    if (!path.equals(ROOT) && random.nextInt(48) < (isLeaf ? 32 : 3)) {
      written.merge(path, 1, Integer::sum);
      return extreme(random);
    }
    if (!fields.isEmpty()) {
      return fields.entrySet().stream()
          .map(it -> field(it.getKey(), value(path + "." + it.getKey(), it.getValue(), random)))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (each != null) {
      return "{" + field("pump", value(path + "{}", each.getSchema(), random)) + "}";
    }
    if (items != null) {
      return "[" + value(path + "[]", items.getSchema(), random) + "]";
    }
    return switch (schema.getType()) {
      case "string" -> "\"x\"";
      case "integer" -> "1";
      default -> "true";
    };
  }

  private static String field(String name, String value) {
    return "\"" + name + "\": " + value;
  }

  /** The status as its schema bounds it. */
  private static JSONSchemaProps status(TestFleet fleet, String kind) {
    return Objects.requireNonNull(
        fleet
            .client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName(kind)
            .require()
            .getSpec()
            .getVersions()
            .getFirst()
            .getSchema()
            .getOpenAPIV3Schema()
            .getProperties()
            .get("status"));
  }

  private static void loosen(TestFleet fleet) {
    for (String kind : List.of(DEVICE, BUNDLE)) {
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
      JSONSchemaProps device = status(fleet, DEVICE);
      JSONSchemaProps bundle = status(fleet, BUNDLE);
      loosen(fleet);
      fleet.device("honest", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> !app(fleet, "rendered").isEmpty());
        fleet.takeOver("honest");
      }
      try (var workers = Executors.newFixedThreadPool(4)) {
        IntStream.range(0, POISONED)
            .forEach(i -> workers.execute(() -> poison(fleet, i, device, bundle)));
      }
      Stream.of(device, bundle)
          .flatMap(schema -> leaves(ROOT, schema))
          .forEach(path -> assertThat(written.get(path)).as(path).isGreaterThan(EXTREMES));
      assertThat(written).containsKeys("status.apps.desired", "status.facts.systemd");
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

  private static Stream<String> leaves(String path, JSONSchemaProps schema) {
    if (schema.getProperties() != null && !schema.getProperties().isEmpty()) {
      return schema.getProperties().entrySet().stream()
          .flatMap(it -> leaves(path + "." + it.getKey(), it.getValue()));
    }
    if (schema.getAdditionalProperties() != null) {
      return leaves(path + "{}", schema.getAdditionalProperties().getSchema());
    }
    return schema.getItems() == null
        ? Stream.of(path)
        : leaves(path + "[]", schema.getItems().getSchema());
  }

  private void poison(TestFleet fleet, int i, JSONSchemaProps device, JSONSchemaProps reported) {
    var random = new Random(20261126 + i);
    String name = "poison-" + i;
    fleet.bareDevice(name, "{}");
    fleet.raw(Kind.DEVICE, name, value(ROOT, device, random));
    String bundle =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: DeviceBundle
        metadata: {name: %s, namespace: %s}
        spec: {digest: "", apps: {}}
        """;
    fleet.client.resource(bundle.formatted(name, fleet.namespace)).create();
    fleet.raw(Kind.DEVICE_BUNDLE, name, value(ROOT, reported, random));
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
