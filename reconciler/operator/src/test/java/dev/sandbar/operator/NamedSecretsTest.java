package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.operator.publish.ObjectTrees;
import dev.sandbar.operator.publish.Writes.Kind;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.SealedText;
import dev.sandbar.source.text.JsonWriter;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Apps whose secrets are values of Secrets: sealed to each device, and anew only when needed. */
class NamedSecretsTest {
  private static final String SPEC =
      """
      run: {command: [/usr/bin/app]}
      secrets: [{name: mqtt, from: {secret: {name: broker, key: password}}}]
      """;
  private static final String KEY =
      "spec.secrets[0].from.secret: key 'password' of Secret 'broker' ";

  /** All values begin so, in whatever form they could leak. */
  private static final String MARK = "correct-horse-";

  private final AgeKey one = AgeKey.generate();
  private final AgeKey two = AgeKey.generate();

  private static void put(
      TestFleet fleet, String namespace, Map<String, String> data, String label) {
    Secret _ =
        fleet
            .client
            .resource(
                new SecretBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName("broker")
                    .addToLabels("sandbar.dev/app", label)
                    .endMetadata()
                    .withStringData(data)
                    .build())
            .createOr(it -> it.update());
  }

  private static void value(TestFleet fleet, String value) {
    put(fleet, fleet.namespace, Map.of("password", value), "true");
  }

  private static void device(TestFleet fleet, String name, AgeKey key) {
    fleet.device(name, "{}");
    recipient(fleet, name, key.recipient().text());
  }

  private static void recipient(TestFleet fleet, String device, String text) {
    fleet.raw(Kind.DEVICE, device, "{\"facts\": {\"recipient\": \"" + text + "\"}}");
  }

  /** What is sealed in the bundle of a device; empty if nothing is. */
  private static String sealed(TestFleet fleet, String device) {
    GenericKubernetesResource bundle = fleet.bundle(device);
    Node at = bundle == null ? Node.mapping(List.of()) : ObjectTrees.field(bundle, "spec");
    for (String field : List.of("apps", "pump", "spec", "secrets")) {
      at = at.fields().getOrDefault(field, Node.mapping(List.of()));
    }
    return at instanceof Node.Sequence(_, var items)
            && items.getFirst().fields().get("sealed") instanceof Node.Scalar(_, _, var text)
        ? text
        : "";
  }

  private static void awaitOpened(TestFleet fleet, String device, AgeKey key, String value) {
    soon().until(() -> opened(sealed(fleet, device), key).equals(value));
  }

  private static String opened(String sealed, AgeKey key) {
    try {
      return new String(SealedText.open(sealed, key), UTF_8);
    } catch (AgeException e) {
      return "closed";
    }
  }

  private static String message(TestFleet fleet) {
    return fleet.message(Kind.APP_SANDBOX, "pump", "Ready");
  }

  private static void awaitRefused(TestFleet fleet, String why) {
    soon().until(() -> message(fleet).startsWith(KEY + why));
    assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready")).isEqualTo("False/InvalidSpec");
  }

  /** Neither the values nor what they look like in base64, in anything that everybody may read. */
  private static void leaksNowhere(TestFleet fleet) {
    var all = new StringBuilder();
    for (Kind kind : List.of(Kind.APP_SANDBOX, Kind.DEVICE, Kind.DEVICE_BUNDLE)) {
      fleet
          .client
          .genericKubernetesResources(kind.context())
          .inNamespace(fleet.namespace)
          .list()
          .getItems()
          .forEach(it -> all.append(JsonWriter.compact(ObjectTrees.field(it, "spec"))).append(it));
    }
    fleet
        .client
        .v1()
        .events()
        .inNamespace(fleet.namespace)
        .list()
        .getItems()
        .forEach(it -> all.append(it.getMessage()));
    String base64 = Base64.getEncoder().encodeToString(MARK.getBytes(UTF_8)).substring(0, 16);
    assertThat(all.toString()).contains("AGE ENCRYPTED FILE").doesNotContain(MARK, base64);
  }

  @Test
  void eachDeviceGetsItsOwnAndNothingIsSealedAnewForNothing(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      String other = api.newNamespace("other");
      put(fleet, other, Map.of("password", "of another tenant"), "true");
      String firstOfOne;
      String firstOfTwo;
      try (var operator = new RunningOperator(api, fleet.namespace, other)) {
        device(fleet, "one", one);
        device(fleet, "two", two);
        fleet.app("pump", SPEC);
        awaitRefused(
            fleet,
            "is missing: namespace '%s' has no Secret of this name (create it; until then"
                .formatted(fleet.namespace));
        value(fleet, MARK + "1");
        awaitOpened(fleet, "one", one, MARK + "1");
        awaitOpened(fleet, "two", two, MARK + "1");
        firstOfOne = sealed(fleet, "one");
        firstOfTwo = sealed(fleet, "two");
        assertThat(opened(firstOfOne, two)).isEqualTo("closed");
        assertThat(opened(firstOfTwo, one)).isEqualTo("closed");
        // The metadata alone: another version of the Secret, and the same value.
        Secret _ =
            fleet
                .client
                .secrets()
                .inNamespace(fleet.namespace)
                .withName("broker")
                .edit(
                    it ->
                        new SecretBuilder(it)
                            .editMetadata()
                            .addToLabels("a", "b")
                            .endMetadata()
                            .build());
        operator.requests.clear();
        soon()
            .until(
                () ->
                    operator.requests.all().stream()
                            .filter(it -> it.endsWith("secrets/broker"))
                            .count()
                        > 2);
        fleet.patch("one", "{\"metadata\": {\"labels\": {\"line\": \"3\"}}}");
        fleet.app("next", "run: {command: [/usr/bin/next]}");
        soon().until(() -> !PublishingTest.app(fleet, "one", "next", "rendered").isEmpty());
        assertThat(sealed(fleet, "one")).isEqualTo(firstOfOne);
        assertThat(operator.requests.all())
            .as("nothing is listed or watched")
            .noneMatch(it -> it.endsWith("/secrets") || it.contains("secrets?"));
        assertThat(operator.fatal).isEmpty();
      }
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.app("later", "run: {command: [/usr/bin/later]}");
        soon().until(() -> !PublishingTest.app(fleet, "one", "later", "rendered").isEmpty());
        assertThat(sealed(fleet, "one")).as("a new operator").isEqualTo(firstOfOne);
        assertThat(sealed(fleet, "two")).isEqualTo(firstOfTwo);
        String rendered = PublishingTest.app(fleet, "one", "pump", "rendered");

        value(fleet, MARK + "2");
        awaitOpened(fleet, "one", one, MARK + "2");
        awaitOpened(fleet, "two", two, MARK + "2");
        assertThat(PublishingTest.app(fleet, "one", "pump", "rendered")).isNotEqualTo(rendered);

        onlyItsOwnerGivesADeviceAnotherRecipient(fleet);
        leaksNowhere(fleet);
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  /** Whoever has the certificate of a device can report a key of his own in its name. */
  private void onlyItsOwnerGivesADeviceAnotherRecipient(TestFleet fleet) {
    assertThat(approved(fleet)).isEqualTo(one.recipient().text());
    String ofOne = sealed(fleet, "one");
    String ofTwo = sealed(fleet, "two");
    try (AgeKey fresh = AgeKey.generate()) {
      recipient(fleet, "one", fresh.recipient().text());
      soon()
          .until(
              () -> fleet.condition(Kind.DEVICE, "one", "Stalled").equals("True/RecipientChanged"));
      soon().until(() -> fleet.events("Device", "one").contains("RecipientChanged"));
      value(fleet, MARK + "3");
      awaitOpened(fleet, "two", two, MARK + "3");
      assertThat(sealed(fleet, "one")).as("what was sealed stays").isEqualTo(ofOne);
      assertThat(fleet.field(Kind.DEVICE, "one", "status", "cannotEnforce"))
          .contains("another recipient than the one that is approved");
      assertThat(approved(fleet)).isEqualTo(one.recipient().text());
      // Neither by reporting nothing first, nor the key of somebody else.
      for (String other : List.of("", two.recipient().text(), fresh.recipient().text())) {
        fleet.raw(
            Kind.DEVICE,
            "one",
            "{\"facts\": {\"recipient\": %s}}"
                .formatted(other.isEmpty() ? "null" : "\"" + other + "\""));
        value(fleet, MARK + "4" + other);
        awaitOpened(fleet, "two", two, MARK + "4" + other);
        assertThat(sealed(fleet, "one")).isEqualTo(ofOne);
      }
      assertThat(approved(fleet)).isEqualTo(one.recipient().text());

      value(fleet, MARK + "5");
      fleet.patch(
          "one",
          "{\"metadata\": {\"annotations\": {\"sandbar.dev/recipient\": \"%s\"}}}"
              .formatted(fresh.recipient().text()));
      awaitOpened(fleet, "one", fresh, MARK + "5");
      assertThat(opened(sealed(fleet, "one"), one)).isEqualTo("closed");
      soon().until(() -> fleet.condition(Kind.DEVICE, "one", "Stalled").isEmpty());
      awaitOpened(fleet, "two", two, MARK + "5");
      assertThat(sealed(fleet, "two")).isNotEqualTo(ofTwo);
    }
  }

  /** What is recorded for the device one. */
  private static String approved(TestFleet fleet) {
    return Objects.requireNonNull(fleet.get(Kind.DEVICE, "one"))
        .getMetadata()
        .getAnnotations()
        .getOrDefault("sandbar.dev/recipient", "");
  }

  @Test
  void withoutWhatIsNeededTheLastVersionGoesOn(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      value(fleet, MARK + "1");
      fleet.app("pump", SPEC);
      soon()
          .until(
              () ->
                  fleet
                      .field(Kind.DEVICE, "one", "status", "cannotEnforce")
                      .contains("has reported no recipient"));
      assertThat(sealed(fleet, "one")).isEmpty();
      // Of the form of a recipient, but not one: its checksum is wrong.
      recipient(fleet, "one", "age1" + "q".repeat(58));
      soon()
          .until(
              () ->
                  fleet
                      .field(Kind.DEVICE, "one", "status", "cannotEnforce")
                      .contains("is no key of age"));
      recipient(fleet, "one", one.recipient().text());
      awaitOpened(fleet, "one", one, MARK + "1");
      String good = sealed(fleet, "one");

      put(fleet, fleet.namespace, Map.of("password", MARK + "2"), "false");
      awaitRefused(
          fleet, "is not meant for apps on devices: the Secret has no label sandbar.dev/app");
      put(fleet, fleet.namespace, Map.of("password", "x".repeat(40_000)), "true");
      awaitRefused(fleet, "has more than 32768 bytes");
      var _ = fleet.client.secrets().inNamespace(fleet.namespace).withName("broker").delete();
      awaitRefused(fleet, "is missing: namespace");
      put(fleet, fleet.namespace, Map.of("user", MARK + "2"), "true");
      awaitRefused(
          fleet,
          "is missing: the Secret in namespace '%s' has no such key in its data (add password"
              .formatted(fleet.namespace));
      assertThat(sealed(fleet, "one")).as("goes on").isEqualTo(good);
      leaksNowhere(fleet);
      value(fleet, MARK + "1");
      soon().until(() -> !message(fleet).startsWith(KEY));
      assertThat(sealed(fleet, "one")).as("the same value").isEqualTo(good);
      assertThat(operator.fatal).isEmpty();
    }
  }

  /** With the rights of the chart: get on Secrets, and its own one exists without a key. */
  @Test
  void itNeedsNoRightToListAndMakesItsKeyInTheSecretThatIsThere(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      String user = "sealer-of-" + fleet.namespace;
      ConfigMapTest.grant(
          api,
          user,
          "[{apiGroups: [sandbar.dev, coordination.k8s.io, rbac.authorization.k8s.io,"
              + " certificates.k8s.io], resources: ['*'], verbs: ['*']},"
              + " {apiGroups: [''], resources: [events], verbs: ['*']},"
              + " {apiGroups: [''], resources: [secrets], verbs: [get]}]");
      try (var operator =
          new RunningOperator(
              Config.fromKubeconfig(api.kubeconfig(user).toFile()), fleet.namespace)) {
        device(fleet, "one", one);
        value(fleet, MARK + "1");
        fleet.app("pump", SPEC);
        awaitRefused(fleet, "cannot be sealed: the operator has no right to the Secret");
        ConfigMapTest.grant(
            api,
            user + "-seal",
            user,
            "[{apiGroups: [''], resources: [secrets], resourceNames: [sandbar-operator-seal],"
                + " verbs: [get, update]}]");
        Secret _ =
            fleet
                .client
                .resource(
                    new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(fleet.namespace)
                        .withName("sandbar-operator-seal")
                        .endMetadata()
                        .build())
                .create();
        var _ = Objects.requireNonNull(fleet.get(Kind.APP_SANDBOX, "pump"));
        fleet.writes.merge(
            new dev.sandbar.operator.publish.Writes.Target(
                Kind.APP_SANDBOX, fleet.namespace, "pump"),
            Map.of("metadata", Map.of("annotations", Map.of("sandbar.dev/requestedAt", "now"))));
        awaitOpened(fleet, "one", one, MARK + "1");
        assertThat(operator.fatal).isEmpty();
      }
    }
  }
}
