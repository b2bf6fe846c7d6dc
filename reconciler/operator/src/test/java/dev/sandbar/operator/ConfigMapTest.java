package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import dev.sandbar.operator.reconcile.ValuePace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Apps whose files are values of ConfigMaps. */
class ConfigMapTest {
  private static final String SPEC =
      """
      run: {command: [/usr/bin/app]}
      files: [{path: /run/app.conf, from: {configMap: {name: edge-conf, key: edge.conf}}}]
      """;
  private static final String KEY =
      "spec.files[0].from.configMap: key 'edge.conf' of ConfigMap 'edge-conf' ";

  private static void put(TestFleet fleet, String namespace, Map<String, String> data) {
    put(
        fleet,
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("edge-conf")
            .endMetadata()
            .withData(data)
            .build());
  }

  private static void put(TestFleet fleet, ConfigMap map) {
    ConfigMap _ = fleet.client.resource(map).createOr(it -> it.update());
  }

  private static void value(TestFleet fleet, String value) {
    put(fleet, fleet.namespace, Map.of("edge.conf", value));
  }

  private static void delete(TestFleet fleet) {
    var _ = fleet.client.configMaps().inNamespace(fleet.namespace).withName("edge-conf").delete();
  }

  private static String files(TestFleet fleet, String app) {
    return PublishingTest.app(fleet, "one", app, "spec", "files");
  }

  private static String content(String value) {
    return "[{content=" + value + ", path=/run/app.conf}]";
  }

  private static String message(TestFleet fleet) {
    return fleet.message(Kind.APP_SANDBOX, "pump", "Ready");
  }

  private static void awaitRefused(TestFleet fleet, String why) {
    soon().until(() -> message(fleet).startsWith(KEY + why));
    assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready")).isEqualTo("False/InvalidSpec");
    assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Stalled")).isEqualTo("True/InvalidSpec");
  }

  @Test
  void aChangeOfTheValueIsANewVersionAndWithoutOneTheLastVersionGoesOn(
      @KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      String other = api.newNamespace("other");
      try (var operator = new RunningOperator(api, fleet.namespace, other)) {
        // Of another tenant, and not to be reached from here.
        put(fleet, other, Map.of("edge.conf", "of another tenant"));
        fleet.device("one", "{}");
        fleet.app("pump", SPEC);
        awaitRefused(
            fleet,
            "is missing: namespace '%s' has no ConfigMap of this name (create it; until then"
                .formatted(fleet.namespace));
        assertThat(files(fleet, "pump")).isEmpty();

        value(fleet, "${device.name} 1");
        soon().until(() -> files(fleet, "pump").equals(content("one 1")));
        String first = PublishingTest.app(fleet, "one", "pump", "rendered");
        soon().until(() -> !message(fleet).startsWith(KEY));
        assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Stalled")).isEmpty();

        value(fleet, "level 2");
        soon().until(() -> files(fleet, "pump").equals(content("level 2")));
        assertThat(PublishingTest.app(fleet, "one", "pump", "rendered")).isNotEqualTo(first);
        assertThat(Objects.requireNonNull(fleet.get(Kind.APP_SANDBOX, "pump")).getMetadata())
            .extracting(it -> it.getGeneration())
            .as("nobody has touched it")
            .isEqualTo(1L);

        delete(fleet);
        awaitRefused(fleet, "is missing: namespace");
        assertThat(files(fleet, "pump")).isEqualTo(content("level 2"));
        soon()
            .until(
                () ->
                    fleet
                        .message(Kind.DEVICE, "one", "Ready")
                        .contains("pump: the spec is not valid"));
        fleet.app("other", "run: {command: [/usr/bin/other]}");
        soon().until(() -> !PublishingTest.app(fleet, "one", "other", "rendered").isEmpty());
        assertThat(files(fleet, "pump")).as("goes on").isEqualTo(content("level 2"));

        value(fleet, "level 3");
        soon().until(() -> files(fleet, "pump").equals(content("level 3")));
        soon().until(() -> !message(fleet).startsWith(KEY));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  @Test
  void aNewOperatorTakesNothingAwayAndNoticesWhatHasChangedMeanwhile(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      value(fleet, "level 1");
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        fleet.device("one", "{}");
        fleet.app("pump", SPEC);
        soon().until(() -> files(fleet, "pump").equals(content("level 1")));
        fleet.takeOver("one");
        soon().until(() -> fleet.condition(Kind.DEVICE, "one", "Ready").startsWith("True/"));
      }
      value(fleet, "level 2");
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> files(fleet, "pump").equals(content("level 2")));
        assertThat(fleet.events("AppSandbox", "pump")).doesNotContain("InvalidSpec");
        delete(fleet);
        awaitRefused(fleet, "is missing: namespace");
        assertThat(operator.fatal).isEmpty();
      }
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.app("other", "run: {command: [/usr/bin/other]}");
        soon().until(() -> !PublishingTest.app(fleet, "one", "other", "rendered").isEmpty());
        assertThat(files(fleet, "pump")).isEqualTo(content("level 2"));
        // Its own spec changes while the value is missing, and then names none any more.
        fleet.app("pump", SPEC + "drift: {mode: Correct}");
        awaitRefused(fleet, "is missing: namespace");
        fleet.app("pump", SPEC.replaceAll("from: .*", "content: own}]"));
        soon().until(() -> files(fleet, "pump").equals(content("own")));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  @Test
  void whatIsNoTextOfAFileIsRefusedWithWhatToDo(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      value(fleet, "good");
      fleet.app("pump", SPEC);
      soon().until(() -> files(fleet, "pump").equals(content("good")));
      put(fleet, fleet.namespace, Map.of("other", "secret text"));
      awaitRefused(
          fleet,
          "is missing: the ConfigMap in namespace '%s' has no such key in its data (add edge.conf to"
              .formatted(fleet.namespace));
      value(fleet, "secret text \0");
      awaitRefused(fleet, "is not UTF-8 text without NUL");
      value(fleet, "secret text".repeat(10_000) + "${device.name}");
      awaitRefused(fleet, "has more than 65536 bytes, and variables of the device are put into");
      put(
          fleet,
          new ConfigMapBuilder()
              .withNewMetadata()
              .withNamespace(fleet.namespace)
              .withName("edge-conf")
              .endMetadata()
              .withBinaryData(Map.of("edge.conf", "c2VjcmV0IHRleHQ="))
              .build());
      awaitRefused(fleet, "is in binaryData, and files are text (move it to data");
      assertThat(files(fleet, "pump")).as("goes on").isEqualTo(content("good"));
      value(fleet, "better");
      soon().until(() -> files(fleet, "pump").equals(content("better")));
      for (var event : fleet.client.v1().events().inNamespace(fleet.namespace).list().getItems()) {
        assertThat(event.getMessage()).doesNotContain("secret text");
      }
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void manyChangesAreFewVersionsAndThoseOfOthersCostNothing(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, ValuePace.STANDARD, fleet.namespace)) {
      fleet.device("one", "{}");
      value(fleet, "level");
      fleet.app("pump", SPEC);
      soon().until(() -> files(fleet, "pump").equals(content("level")));
      operator.requests.clear();
      for (int i = 1; i <= 100; i++) {
        var _ =
            fleet
                .client
                .configMaps()
                .inNamespace(fleet.namespace)
                .withName("edge-conf")
                .patch(
                    PatchContext.of(PatchType.JSON_MERGE),
                    "{\"data\":{\"edge.conf\":\"level " + i + "\"}}");
        put(
            fleet,
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(fleet.namespace)
                .withName("of-nobody-" + i % 10)
                .endMetadata()
                .withData(Map.of("edge.conf", "x".repeat(100_000) + i))
                .build());
      }
      soon().until(() -> files(fleet, "pump").equals(content("level 100")));
      List<String> all = operator.requests.all();
      assertThat(all).noneMatch(it -> it.contains("of-nobody"));
      // One in five seconds, however long the hundred took.
      assertThat(all).filteredOn(it -> it.endsWith("configmaps/edge-conf")).hasSizeLessThan(30);
      assertThat(operator.requests.writes("devicebundles")).hasSizeLessThan(30);
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void withoutTheRightOnlySuchAppsWaitUntilSomebodyGrantsIt(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      String user = "operator-of-" + fleet.namespace;
      grant(
          api,
          user,
          "[{apiGroups: [sandbar.dev, coordination.k8s.io, rbac.authorization.k8s.io,"
              + " certificates.k8s.io], resources: ['*'], verbs: ['*']},"
              + " {apiGroups: [''], resources: [events], verbs: ['*']}]");
      try (var operator =
          new RunningOperator(
              Config.fromKubeconfig(api.kubeconfig(user).toFile()), fleet.namespace)) {
        fleet.device("one", "{}");
        value(fleet, "level");
        fleet.app("pump", SPEC);
        awaitRefused(
            fleet, "cannot be read: the operator has no right to read ConfigMaps (grant it get");
        fleet.app("other", "run: {command: [/usr/bin/other]}");
        soon().until(() -> !PublishingTest.app(fleet, "one", "other", "rendered").isEmpty());
        grant(
            api,
            user + "-configmaps",
            user,
            "[{apiGroups: [''], resources: [configmaps], verbs: [get, list, watch]}]");
        soon().until(() -> files(fleet, "pump").equals(content("level")));
        value(fleet, "next");
        soon().until(() -> files(fleet, "pump").equals(content("next")));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  static void grant(ApiServer api, String user, String rules) {
    grant(api, user, user, rules);
  }

  static void grant(ApiServer api, String role, String user, String rules) {
    api.kubectl()
        .apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: %1$s}
            rules: %3$s
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: %1$s}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s}
            subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %2$s}]
            """
                .formatted(role, user, rules))
        .orThrow();
  }
}
