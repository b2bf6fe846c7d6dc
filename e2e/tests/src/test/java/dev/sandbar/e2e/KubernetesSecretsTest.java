package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.vdev.VirtualDevice;
import org.junit.jupiter.api.Test;

/** Secrets of Kubernetes, as apps on a device read them. */
class KubernetesSecretsTest {

  private static final String SPEC =
      "run: {command: [/bin/sh, -c, 'cat $CREDENTIALS_DIRECTORY/mqtt; exec sleep 9999']},"
          + " secrets: [{name: mqtt, from: {secret: {name: %s, key: password}}}]";

  private static void apply(ApiServer api, String namespace, String name, String value) {
    api.kubectl()
        .apply(
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: %s, namespace: %s, labels: {sandbar.dev/app: "true"}}
            stringData: {password: "%s\\n"}
            """
                .formatted(name, namespace, value))
        .orThrow();
  }

  @Test
  void aChangeReachesTheAppAndNothingElseDoes(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    String other = api.newNamespace("other");
    try (var device = VirtualDevice.named("keyed").boot();
        var member = FleetMember.enrol(api, namespace, "keyed")) {
      CredentialRelay.install(device);
      try (var _ = DeviceLoop.start(device, member.link())) {
        String generation;
        String pid;
        try (var operator = new FleetOperator(api, namespace)) {
          apply(api, namespace, "broker", "first");
          apply(api, other, "theirs", "of another tenant");
          operator.declare("pump", SPEC.formatted("broker"));
          Apps.awaitSaid(device, "pump", "first");
          operator.declare("thief", SPEC.formatted("theirs"));
          await()
              .atMost(Apps.SOON)
              .until(
                  () ->
                      api.kubectl(
                              "get", "asb", "thief", "-n", namespace, "-o", "jsonpath={.status}")
                          .orThrow()
                          .contains("namespace '" + namespace + "' has no Secret of this name"));
          await().atMost(Apps.SOON).until(() -> member.condition("pump", "Ready").equals("True"));
          generation = generation(api, namespace);
          pid = Apps.pid(device, "pump");
          assertThat(operator.fatal).isEmpty();
        }
        try (var operator = new FleetOperator(api, namespace)) {
          // It has looked at the device once it has published this.
          operator.declare("next", "run: {command: [/bin/sh, -c, 'echo NEXT; exec sleep 9999']}");
          Apps.awaitSaid(device, "next", "NEXT");
          assertThat(Integer.parseInt(generation(api, namespace)))
              .as("one change, that of the other app")
              .isEqualTo(Integer.parseInt(generation) + 1);
          assertThat(Apps.pid(device, "pump")).as("goes on").isEqualTo(pid);
          apply(api, namespace, "broker", "second");
          Apps.awaitSaid(device, "pump", "first", "second");
          String bundle = member.object("devicebundle", "spec").toString();
          assertThat(bundle)
              .contains("AGE ENCRYPTED FILE")
              .doesNotContain("second")
              .doesNotContain("broker")
              .doesNotContain("thief");
          assertThat(operator.fatal).isEmpty();
        }
      }
    }
  }

  private static String generation(ApiServer api, String namespace) {
    return api.kubectl(
            "get",
            "devicebundle",
            "keyed",
            "-n",
            namespace,
            "-o",
            "jsonpath={.metadata.generation}")
        .orThrow()
        .strip();
  }
}
