package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Objects of a tenant that were stored before specs had bounds. */
class OversizeTest {
  /** Nine of them alone are more than the heap. */
  private static final int OBJECTS = 12;

  private static final int LEASES = 30;

  /** The less there is, the less has to be stored so that the operator could not keep it. */
  private static final int HEAP_MIB = 64;

  /** What one of them takes would be 8 MiB of heap. */
  private static final String MANY = "[[]" + ",[]".repeat(300_000) + "]";

  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  private static String app(String name, String spec) {
    return """
    {"apiVersion": "sandbar.dev/v1alpha1", "kind": "AppSandbox", "metadata": {"name": "%s"},
     "spec": {%s}}
    """
        .formatted(name, spec);
  }

  /** Makes so many objects, each for certain: what is waited for later would never come. */
  private static void post(TestFleet fleet, String path, int count, IntFunction<String> object)
      throws Exception {
    var made = new ArrayList<Future<?>>();
    try (var workers = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < count; i++) {
        String text = object.apply(i);
        made.add(workers.submit(() -> fleet.create(path, text)));
      }
    }
    for (Future<?> one : made) {
      Object _ = one.get();
    }
  }

  private static String spec(int i) {
    String command = "\"run\": {\"command\": [\"/usr/bin/app\"%s]}";
    return switch (i) {
      // As deep as an API server takes it, and keys that no parser expects.
      case 0 -> command.formatted("") + ", \"a\": " + "[".repeat(5_000) + "]".repeat(5_000);
      case 1 -> command.formatted("") + ", \"" + "k".repeat(200_000) + "\": 1";
      case 2 -> command.formatted((", \"" + "x".repeat(4_000) + "\"").repeat(250));
      // Small values take much more memory than bytes.
      default -> command.formatted("") + ", \"a\": " + MANY;
    };
  }

  /** As a device may write it: the API server bounds none of its texts. */
  private static String lease(int i) {
    return """
    {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
     "metadata": {"name": "big-%d", "labels": {"sandbar.dev/device": "big-%d"}},
     "spec": {"holderIdentity": "%s", "leaseDurationSeconds": 30}}
    """
        .formatted(i, i, "x".repeat(1_400_000));
  }

  @Test
  void anOperatorOfSmallHeapSurvivesThemAndSaysWhichAreNotUsed(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api)) {
      String uri = "/apis/sandbar.dev/v1alpha1/namespaces/" + fleet.namespace + "/appsandboxes";
      String leases = "/apis/coordination.k8s.io/v1/namespaces/" + fleet.namespace + "/leases";
      api.applyCrds(Path.of("../../crds/baseline/v1alpha1"));
      post(fleet, uri, OBJECTS, i -> app("big-%03d".formatted(i), spec(i)));
      post(fleet, leases, LEASES, OversizeTest::lease);
      api.applyCrds(Path.of("../../charts/sandbar/crds"));
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new OperatorProgram(api, fleet.namespace, "small", HEAP_MIB)) {
        soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
        for (int i = 0; i < 4; i++) {
          String name = "big-%03d".formatted(i);
          soon()
              .until(
                  () ->
                      fleet
                          .condition(Kind.APP_SANDBOX, name, "Stalled")
                          .equals("True/InvalidSpec"));
          assertThat(fleet.message(Kind.APP_SANDBOX, name, "Ready"))
              .startsWith("spec is larger than the 65536 bytes that are read");
        }
        // It goes on working.
        fleet.app("pump", SPEC + "\nmode: Open");
        soon().until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("2"));
        assertThat(operator.log())
            .doesNotContain("OutOfMemoryError", "StackOverflowError", "watch failed");
      }
    }
  }

  private static final int DEVICES = 14;
  private static final int SOURCES = 130;
  private static final int REFS = 10;

  private static String device(String name, String other) {
    return """
    {"apiVersion": "sandbar.dev/v1alpha1", "kind": "Device", "metadata": {"name": "%s"},
     "spec": {"hold": {"other": %s}}}
    """
        .formatted(name, other);
  }

  private static String source(String name) {
    return source(name, "x".repeat(125_000), "{}");
  }

  /** A ref has no type, since it may be text: without the admission policy anything is stored. */
  private static String source(String name, String annotation, String ref) {
    return """
    {"apiVersion": "sandbar.dev/v1alpha1", "kind": "GitSource",
     "metadata": {"name": "%1$s", "annotations": {"a": "%2$s", "b": "%2$s"}},
     "spec": {"url": "https://127.0.0.1:1/a.git", "suspend": true, "prune": false, "ref": %3$s}}
    """
        .formatted(name, annotation, ref);
  }

  /** As definitions were in which a Device kept what it was not asked for. */
  private static void keepUnknownFields(TestFleet fleet) {
    var _ =
        fleet
            .client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("devices.sandbar.dev")
            .edit(
                definition -> {
                  var schema =
                      definition
                          .getSpec()
                          .getVersions()
                          .getFirst()
                          .getSchema()
                          .getOpenAPIV3Schema();
                  var spec = Objects.requireNonNull(schema.getProperties().get("spec"));
                  Objects.requireNonNull(spec.getProperties().get("hold"))
                      .setXKubernetesPreserveUnknownFields(true);
                  return definition;
                });
  }

  @Test
  void anOperatorOfSmallHeapSurvivesDevicesAndSourcesOfAnySizeAndDepth(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    String deep = "[".repeat(4_000) + "]".repeat(4_000);
    String large = "\"" + "x".repeat(1_000_000) + "\"";
    try (var fleet = new TestFleet(api)) {
      String kinds = "/apis/sandbar.dev/v1alpha1/namespaces/" + fleet.namespace;
      keepUnknownFields(fleet);
      var probes = new AtomicInteger();
      soon()
          .until(
              () -> {
                String probe = "probe-" + probes.incrementAndGet();
                fleet.create(kinds + "/devices", device(probe, "1"));
                return fleet.field(Kind.DEVICE, probe, "spec", "hold").contains("other");
              });
      post(
          fleet,
          kinds + "/devices",
          DEVICES,
          i -> device("big-" + i, i == 0 ? deep : i < 10 ? MANY : large));
      post(fleet, kinds + "/gitsources", SOURCES, i -> source("source-" + i));
      post(
          fleet,
          kinds + "/gitsources",
          REFS,
          i -> source("ref-" + i, "", i == 0 ? "[" + deep + "]" : MANY));
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new OperatorProgram(api, fleet.namespace, "small", HEAP_MIB)) {
        soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
        soon().until(operator::leads);
        // The same by a watch.
        fleet.create(kinds + "/devices", device("deep", deep));
        fleet.create(kinds + "/gitsources", source("one-more"));
        fleet.device("two", "{}");
        soon().until(() -> !PublishingTest.app(fleet, "two", "pump", "rendered").isEmpty());
        soon().until(() -> operator.log().contains("Device/" + fleet.namespace + "/deep "));
        soon()
            .until(
                () ->
                    operator
                        .log()
                        .contains(
                            "GitSource/"
                                + fleet.namespace
                                + "/one-more field=metadata.annotations"));
        soon()
            .until(
                () ->
                    operator
                        .log()
                        .contains("GitSource/" + fleet.namespace + "/ref-0 field=spec.ref"));
        assertThat(operator.log())
            .contains("Device/" + fleet.namespace + "/big-0 field=spec.hold action=cut")
            .doesNotContain("OutOfMemoryError", "StackOverflowError", "watch failed");
      }
    }
  }
}
