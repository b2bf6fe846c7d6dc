package dev.sandbar.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a device wrote never makes a list of devices unreadable. */
class TolerantReaderTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DEVICE =
      """
      {"identity": {"type": "ServiceAccount", "publicKey": "TUZrd0V3WUhLb1pJemowQ0FR"},
       "approved": true, "suspend": false, "decommission": {"removeApps": true}}
      """;

  private static final String STATUS =
      """
      {"facts": {"systemd": 257, "kernel": "6.12", "architecture": "x86-64", "features": ["BPF"],
                 "volumes": {"media": "/srv"}, "systemCalls": "H4s", "digest": "abc", "agent": "1"},
       "observedGeneration": 1, "apps": {"desired": 2, "ready": 1, "drifted": 1, "cannotEnforce": 0},
       "conditions": [{"type": "Ready", "status": "True", "reason": "a", "message": "b",
                       "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}],
       "cannotEnforce": [{"app": "a", "reason": "b", "message": "c", "help": "d"}],
       "lastSeen": "2026-01-01T00:00:00Z", "credential": {"key": "k", "token": "t", "expires": "e"}}
      """;

  private static final String BUNDLE =
      """
      {"observedGeneration": 9, "digest": "d", "reportedAt": "2026-01-01T00:00:00Z",
       "apps": {"pump": {"generation": 7, "revision": "x", "rendered": "r", "enforcement": "e",
                "granted": ["internet"], "conditions": [], "drifts": [{"layer": "file",
                "subject": "s", "declared": "a", "observed": "b", "since": "c"}]}},
       "conditions": [], "decommissioned": true}
      """;

  /** What a device may put into a field, and some that no server lets through. */
  static String extreme(Random random) {
    return switch (random.nextInt(14)) {
      case 0 -> Long.toString(random.nextLong());
      case 1 -> "9".repeat(1 + random.nextInt(300));
      case 2 -> "-" + "9".repeat(1 + random.nextInt(30));
      case 3 -> "2147483648";
      case 4 -> "1e" + random.nextInt(10_000);
      case 5 -> "0." + random.nextInt(1_000);
      case 6 -> "\"0000-01-01T00:00:00Z\"";
      case 7 -> "\"" + "x".repeat(random.nextInt(1 << 10)) + "\"";
      case 8 -> "null";
      case 9 -> "[null, 1, \"a\", {}]";
      case 10 -> "{\"a\": null, \"" + "k".repeat(1 + random.nextInt(300)) + "\": [1]}";
      case 11 -> random.nextBoolean() ? "true" : "[]";
      case 12 -> "\"\\u0000\\ud800\\u202e,\"";
      default -> "{}";
    };
  }

  private static String list(String kind, String spec, String status) {
    String item =
        """
        {"apiVersion": "sandbar.dev/v1alpha1", "kind": "%s", "metadata": {"name": "%s"},
         "spec": %s, "status": %s}
        """;
    return "{\"apiVersion\": \"sandbar.dev/v1alpha1\", \"kind\": \"List\", \"items\": ["
        + item.formatted(kind, "one", "{\"digest\": \"d\"}", "{}")
        + ","
        + item.formatted(kind, "poisoned", spec, status)
        + ","
        + item.formatted(kind, "two", "{\"digest\": \"d\"}", "{\"observedGeneration\": 7}")
        + "]}";
  }

  /** Puts an extreme where every value, map and list stands in turn. */
  private static void poison(ObjectNode root, ObjectNode at, Random random, Consumer<String> each)
      throws JsonProcessingException {
    var names = new ArrayList<String>();
    at.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      var before = at.get(name);
      for (int i = 0; i < 200; i++) {
        at.set(name, JSON.readTree(extreme(random)));
        each.accept(root.toString());
      }
      at.set(name, before);
      if (before instanceof ObjectNode inner) {
        poison(root, inner, random, each);
      } else if (before.path(0) instanceof ObjectNode item) {
        poison(root, item, random, each);
      }
    }
  }

  @Test
  void whateverADeviceWritesTheOthersAreRead() throws JsonProcessingException {
    var serialization = new KubernetesSerialization(new ObjectMapper(), true);
    var random = new Random(20261126);
    var counted = new int[1];
    var status = (ObjectNode) JSON.readTree(STATUS);
    poison(
        status,
        status,
        random,
        text -> {
          Devices all = serialization.unmarshal(list("Device", DEVICE, text), Devices.class);
          assertThat(all.getItems()).as(text).hasSize(3);
          assertThat(all.getItems().get(2).getStatus().observedGeneration()).isEqualTo(7);
          counted[0]++;
        });
    var spec = (ObjectNode) JSON.readTree(DEVICE);
    poison(
        spec,
        spec,
        random,
        text ->
            assertThat(
                    serialization.unmarshal(list("Device", text, "{}"), Devices.class).getItems())
                .hasSize(3));
    var bundle = (ObjectNode) JSON.readTree(BUNDLE);
    poison(
        bundle,
        bundle,
        random,
        text ->
            assertThat(
                    serialization
                        .unmarshal(list("DeviceBundle", "{\"digest\": \"d\"}", text), Bundles.class)
                        .getItems())
                .hasSize(3));
    assertThat(counted[0]).isGreaterThan(200 * 25);
  }

  @Test
  void whatCannotBeReadIsLeftOutAndNamed() throws JsonProcessingException {
    var status = (ObjectNode) JSON.readTree(STATUS);
    ((ObjectNode) status.get("facts")).put("systemd", 9_999_999_999L);
    ((ObjectNode) status.get("apps")).put("desired", 2_147_483_648L);
    DeviceStatus read = JSON.convertValue(status, DeviceStatus.class);
    assertThat(read.misread())
        .containsExactly("facts.systemd '9999999999'", "apps.desired '2147483648'");
    assertThat(read.facts()).isNull();
    assertThat(read.conditions()).hasSize(1);
    assertThat(JSON.<ObjectNode>valueToTree(read).has(TolerantReader.MISREAD)).isFalse();
  }

  static final class Devices extends DefaultKubernetesResourceList<Device> {
    private static final long serialVersionUID = 1L;
  }

  static final class Bundles extends DefaultKubernetesResourceList<DeviceBundle> {
    private static final long serialVersionUID = 1L;
  }
}
