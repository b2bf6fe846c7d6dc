package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Objects that a server without our admission policy lets in. */
class PoisonTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}\n";

  private static String app(TestFleet fleet, String app, String... path) {
    return PublishingTest.app(fleet, "one", app, path);
  }

  private static Map<?, ?> apps(TestFleet fleet, String device) {
    return (Map<?, ?>) Objects.requireNonNull(fleet.bundle(device)).get("spec", "apps");
  }

  @Test
  void onePoisonedObjectAmongAThousandStopsNoOther(@KubernetesApi ApiServer api) throws Exception {
    Map<String, String> poison = new LinkedHashMap<>();
    poison.put("unknown", SPEC + "permissions: {teleport: true}\n");
    poison.put("absurd", SPEC + "directives: {CPUQuota: [[{a: -9999999999999999}]]}\n");
    poison.put("selector", SPEC + "devices: {matchLabels: {\"a b/c/d\": \"\\u0001\"}}\n");
    poison.put("deep", SPEC + "directives: {CPUQuota: " + "[".repeat(200) + "]".repeat(200) + "}");
    try (var fleet = new TestFleet(api)) {
      try (var workers = Executors.newFixedThreadPool(8)) {
        IntStream.range(0, 1_000)
            .forEach(
                i ->
                    workers.execute(
                        () ->
                            fleet.app(
                                "app-" + i,
                                SPEC
                                    + "directives: {TasksMax: "
                                    + (100 + i)
                                    + "}\ndevices: {matchLabels: {part: p"
                                    + i / 400
                                    + "}}\n")));
      }
      poison.forEach(fleet::app);
      // A device has 500 apps at most.
      fleet.device("one", "{part: p0}");
      fleet.device("two", "{part: p1}");
      fleet.device("three", "{part: p2}");
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> !app(fleet, "app-0", "rendered").isEmpty());
        assertThat(apps(fleet, "one")).hasSize(400);
        soon().until(() -> apps(fleet, "two").size() + apps(fleet, "three").size() == 600);
        for (String name : poison.keySet()) {
          soon()
              .untilAsserted(
                  () ->
                      assertThat(fleet.condition(Kind.APP_SANDBOX, name, "Stalled"))
                          .as(name)
                          .isEqualTo("True/InvalidSpec"));
          assertThat(fleet.message(Kind.APP_SANDBOX, name, "Ready")).as(name).isNotBlank();
        }
        assertThat(fleet.message(Kind.APP_SANDBOX, "unknown", "Ready")).contains("teleport");

        // One that ran is poisoned, and beside it work goes on.
        fleet.app("app-1", Objects.requireNonNull(poison.get("absurd")));
        fleet.app("app-2", SPEC);
        soon().until(() -> app(fleet, "app-2", "generation").equals("2"));
        soon()
            .until(() -> fleet.condition(Kind.APP_SANDBOX, "app-1", "Stalled").startsWith("True"));
        assertThat(app(fleet, "app-1", "generation")).isEqualTo("1");
        fleet.app("unknown", SPEC);
        soon().until(() -> !app(fleet, "unknown", "rendered").isEmpty());
        soon().until(() -> fleet.condition(Kind.APP_SANDBOX, "unknown", "Stalled").isEmpty());
        assertThat(operator.fatal).isEmpty();
      }
    }
  }
}
