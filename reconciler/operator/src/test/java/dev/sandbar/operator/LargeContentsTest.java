package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.AppContent;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values of ConfigMaps that no spec has room for. */
class LargeContentsTest {
  private static final String SPEC =
      """
      run: {command: [/usr/bin/app]}
      files:
      - {path: /run/app.conf, from: {configMap: {name: edge-conf, key: small}}}
      - {path: /run/map.txt, from: {configMap: {name: edge-conf, key: large}}}
      """;

  private static void values(TestFleet fleet, String name, Map<String, String> data) {
    var map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace(fleet.namespace)
            .withName(name)
            .endMetadata()
            .withData(data)
            .build();
    var _ = fleet.client.resource(map).createOr(it -> it.update());
  }

  private static void large(TestFleet fleet, String text) {
    values(fleet, "edge-conf", Map.of("small", "level 1", "large", text));
  }

  private static String digest(TestFleet fleet) {
    return PublishingTest.app(fleet, "one", "pump", "spec", "files")
        .replaceAll(".*sha256=([0-9a-f]*).*", "$1");
  }

  private static List<AppContent> contents(TestFleet fleet) {
    return fleet
        .client
        .resources(AppContent.class)
        .inNamespace(fleet.namespace)
        .list()
        .getItems()
        .stream()
        .filter(it -> !it.getMetadata().getName().startsWith("key-"))
        .toList();
  }

  private static void awaitRefused(TestFleet fleet, String why) {
    soon().until(() -> fleet.message(Kind.APP_SANDBOX, "pump", "Ready").contains(why));
  }

  @Test
  void aBundleHasTheDigestAndAnObjectOfTheAppHasTheBytes(@KubernetesApi ApiServer api) {
    String first = "line of a map, with ü\n".repeat(20_000);
    try (var fleet = new TestFleet(api)) {
      large(fleet, first);
      String bundled;
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.device("one", "{}");
        fleet.app("pump", SPEC);
        soon().until(() -> digest(fleet).equals(Sha256.of(first).hex()));
        bundled = PublishingTest.app(fleet, "one", "pump", "spec", "files");
        assertThat(bundled).contains("content=level 1").doesNotContain("line of a map");
        AppContent content = contents(fleet).getFirst();
        assertThat(new String(Base64.getDecoder().decode(content.getSpec().data()), UTF_8))
            .isEqualTo(first);
        String name = content.getMetadata().getName();
        assertThat(bundled)
            .contains("object=" + name)
            .contains("bytes=" + first.getBytes(UTF_8).length);
        assertThat(operator.fatal).isEmpty();
      }
      // Another operator gives it the same name, and writes nothing again.
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.app("other", "run: {command: [/usr/bin/other]}");
        soon().until(() -> !PublishingTest.app(fleet, "one", "other", "rendered").isEmpty());
        assertThat(PublishingTest.app(fleet, "one", "pump", "spec", "files")).isEqualTo(bundled);
        assertThat(operator.requests.writes("appcontents")).isEmpty();

        String second = first + "one more";
        large(fleet, second);
        soon().until(() -> digest(fleet).equals(Sha256.of(second).hex()));
        assertThat(contents(fleet)).as("the first one is there for a while").hasSize(2);

        String room = "fits".repeat(1000);
        large(fleet, room);
        soon()
            .until(
                () ->
                    PublishingTest.app(fleet, "one", "pump", "spec", "files")
                        .contains("content=" + room));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  @Test
  void whatADeviceDoesNotKeepIsRefused(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      large(fleet, "x".repeat(70_000));
      fleet.app("pump", SPEC);
      soon().until(() -> digest(fleet).equals(Sha256.of("x".repeat(70_000)).hex()));
      // More than one ConfigMap can have.
      values(fleet, "other-conf", Map.of("small", "y".repeat(600_000)));
      fleet.app("pump", SPEC.replaceFirst("edge-conf", "other-conf"));
      soon().until(() -> contents(fleet).size() == 2);
      large(fleet, "z".repeat(600_000));
      awaitRefused(fleet, "larger than the 1048576 bytes that a device keeps of them");
      assertThat(contents(fleet)).hasSize(2);
      fleet.app("pump", SPEC);
      large(fleet, "q".repeat(70_000) + "${device.name}");
      awaitRefused(
          fleet, "has more than 65536 bytes, and variables of the device are put into smaller");
      assertThat(digest(fleet)).as("goes on").isNotEmpty();
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void withoutTheRightTheAppSaysWhatToGrant(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      String user = "contents-of-" + fleet.namespace;
      ConfigMapTest.grant(
          api,
          user,
          "[{apiGroups: [sandbar.dev], resources: [appsandboxes, appsandboxes/status, devices,"
              + " devices/status, devicebundles, devicebundles/status, devicequeries, gitsources,"
              + " gitsources/status], verbs: ['*']},"
              + " {apiGroups: [coordination.k8s.io, certificates.k8s.io], resources: ['*'],"
              + " verbs: ['*']}, {apiGroups: [''], resources: [events], verbs: ['*']},"
              + " {apiGroups: [''], resources: [configmaps], verbs: [get, list, watch]}]");
      try (var operator =
          new RunningOperator(
              Config.fromKubeconfig(api.kubeconfig(user).toFile()), fleet.namespace)) {
        fleet.device("one", "{}");
        large(fleet, "small enough");
        fleet.app("pump", SPEC);
        soon()
            .until(
                () ->
                    PublishingTest.app(fleet, "one", "pump", "spec", "files")
                        .contains("small enough"));
        large(fleet, "x".repeat(70_000));
        awaitRefused(fleet, "grant the operator get, list, create and delete on appcontents");
        assertThat(PublishingTest.app(fleet, "one", "pump", "spec", "files"))
            .as("goes on")
            .contains("small enough");
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  /** Nothing is made for what no device needs, and one object for all that need the same. */
  @Test
  void thereIsOneOfEachContentAndNoneBeforeADeviceNeedsIt(@KubernetesApi ApiServer api) {
    String text = "line of a map\n".repeat(30_000);
    String berlin = "devices: {matchLabels: {site: berlin}}\n";
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      large(fleet, text);
      fleet.device("munich", "{site: munich}");
      for (int i = 0; i < 10; i++) {
        fleet.app("pump-" + i, berlin + SPEC.replace("/run/", "/run/" + i + "/"));
      }
      fleet.app(
          "other", "devices: {matchLabels: {site: munich}}\nrun: {command: [/usr/bin/other]}");
      soon().until(() -> !PublishingTest.app(fleet, "munich", "other", "rendered").isEmpty());
      for (int i = 0; i < 10; i++) {
        String name = "pump-" + i;
        soon()
            .until(
                () ->
                    fleet.condition(Kind.APP_SANDBOX, name, "Ready").endsWith("/NoDeviceSelected"));
      }
      assertThat(contents(fleet)).isEmpty();

      fleet.device("one", "{site: berlin}");
      fleet.device("two", "{site: berlin}");
      for (String device : List.of("one", "two")) {
        for (int i = 0; i < 10; i++) {
          String app = "pump-" + i;
          soon()
              .until(
                  () ->
                      PublishingTest.app(fleet, device, app, "spec", "files")
                          .contains(Sha256.of(text).hex()));
        }
      }
      List<AppContent> all = contents(fleet);
      assertThat(all).hasSize(1);
      String name = all.getFirst().getMetadata().getName();
      assertThat(PublishingTest.app(fleet, "two", "pump-7", "spec", "files")).contains(name);
      // What it is named by is no secret of the file, but of the namespace.
      assertThat(name).matches("content-[0-9a-f]{32}");
      assertThat(Sha256.of(text).hex()).doesNotContain(name.substring(8));

      // Somebody deletes it: it comes back under its name, for whoever gets its bundle now.
      fleet.client.resources(AppContent.class).inNamespace(fleet.namespace).withName(name).delete();
      soon()
          .untilAsserted(
              () -> {
                fleet.patch(
                    "one",
                    "{\"metadata\": {\"annotations\": {\"sandbar.dev/requestedAt\": \"%d\"}}}"
                        .formatted(System.nanoTime()));
                assertThat(contents(fleet))
                    .extracting(it -> it.getMetadata().getName())
                    .containsExactly(name);
              });
      assertThat(operator.fatal).isEmpty();
    }
  }
}
