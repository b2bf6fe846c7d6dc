package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Apps that are right, each by itself, and too much together. */
class BundleBudgetTest {
  private static final int APPS = 26;

  /** 60 kB of arguments. */
  private static final String SPEC =
      "run: {command: [/usr/bin/app" + (", " + "x".repeat(4_000)).repeat(15) + "]}";

  private static TreeSet<String> published(TestFleet fleet) {
    var names = new TreeSet<String>();
    var bundle = fleet.bundle("one");
    if (bundle != null && bundle.get("spec", "apps") instanceof Map<?, ?> apps) {
      apps.keySet().forEach(name -> names.add(name.toString()));
    }
    return names;
  }

  private static String name(int i) {
    return "app-%02d".formatted(i);
  }

  @Test
  void whatOverflowsIsRefusedByNameAndRemovalsReachTheDevice(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      fleet.device("one", "{}");
      for (int i = 0; i < APPS; i++) {
        fleet.app(name(i), SPEC);
      }
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> published(fleet).size() > 10);
        var first = published(fleet);
        int fit = first.size();
        assertThat(fit).isBetween(14, 20);
        assertThat(first).contains(name(0), name(fit - 1)).doesNotContain(name(fit));

        // By name, on both, and as an event.
        soon()
            .until(
                () ->
                    fleet
                        .condition(Kind.APP_SANDBOX, name(fit), "Ready")
                        .equals("False/BundleFull"));
        assertThat(fleet.message(Kind.APP_SANDBOX, name(fit), "Ready"))
            .contains("has no room for it");
        soon()
            .until(() -> fleet.condition(Kind.DEVICE, "one", "Stalled").equals("True/BundleFull"));
        assertThat(fleet.message(Kind.DEVICE, "one", "Stalled")).startsWith(name(fit) + ": ");
        assertThat(fleet.field(Kind.DEVICE, "one", "status", "cannotEnforce"))
            .contains(name(APPS - 1));
        soon().until(() -> fleet.events("Device", "one").contains("BundleFull"));

        // A removal arrives, and makes room for one more.
        fleet.deleteApp(name(0));
        soon().until(() -> !published(fleet).contains(name(0)));
        soon().until(() -> published(fleet).contains(name(fit)));

        fleet
            .client
            .resource(Objects.requireNonNull(fleet.get(Kind.DEVICE, "one")))
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"spec\":{\"decommission\":{\"removeApps\":true}}}");
        soon()
            .until(
                () ->
                    fleet
                        .field(Kind.DEVICE_BUNDLE, "one", "spec", "decommission", "removeApps")
                        .equals("true"));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }
}
