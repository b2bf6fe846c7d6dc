package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is read of a Lease. */
class BoundedLeaseTest {
  private final KubernetesSerialization json = new KubernetesSerialization();

  private static String lease(String holder, String time) {
    return """
    {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
     "metadata": {"name": "one", "namespace": "fleet", "resourceVersion": "7",
                  "annotations": {"a": "%1$s"}, "managedFields": [{"fieldsV1": {"f:spec": {}}}]},
     "spec": {"holderIdentity": "%1$s", "leaseDurationSeconds": 30, "renewTime": "%2$s",
              "strategy": [[{"x": ["%1$s"]}], 1]}}
    """
        .formatted(holder, time);
  }

  @Test
  void nothingIsReadBesideNamesVersionAndTimes() {
    String page = "{\"items\": [" + lease("x".repeat(1_000), "now") + "," + lease("", "") + "]}";
    BoundedLease.Page read = json.unmarshal(page, BoundedLease.Page.class);
    assertThat(read.getItems()).hasSize(2);
    BoundedLease first = read.getItems().getFirst();
    assertThat(first.getMetadata().getName()).isEqualTo("one");
    assertThat(first.getMetadata().getNamespace()).isEqualTo("fleet");
    assertThat(first.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(first.getMetadata().getAnnotations()).isNullOrEmpty();
    assertThat(first.getAdditionalProperties())
        .isEqualTo(Map.of("spec", Map.of("leaseDurationSeconds", 30, "renewTime", "now")));
    assertThat(first.length()).isBetween(3_000L, 3_100L);
    assertThat(json.asJson(read)).hasSizeLessThan(1_000);
  }

  @Test
  void theApiServerSaysWhenItWasRenewed() {
    String lease =
        lease("one", "2031-01-01T00:00:00Z")
            .replace(
                "{\"fieldsV1\": {\"f:spec\": {}}}",
                """
                7, {"time": "2026-05-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:a": {"f:b": [{}]}}}},
                {"fieldsV1": {"time": "2026-05-08T00:00:00Z"}, "time": "2026-05-02T00:00:00Z"},
                {"time": ["2026-05-09T00:00:00Z"]}
                """);
    assertThat(json.unmarshal(lease, BoundedLease.class).renewedAt())
        .isEqualTo("2026-05-02T00:00:00Z");
    assertThat(json.unmarshal(lease("one", "now"), BoundedLease.class).renewedAt()).isEmpty();
  }

  @Test
  void anEventOfAWatchIsReadInPartToo() {
    json.registerKubernetesResource(BoundedLease.class);
    Object read = json.unmarshal(lease("x".repeat(1_000), "y".repeat(65)));
    assertThat(read).isInstanceOf(BoundedLease.class);
    assertThat(((BoundedLease) read).getAdditionalProperties())
        .isEqualTo(Map.of("spec", Map.of("leaseDurationSeconds", 30)));
  }
}
