package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is read of a ConfigMap that nobody may have named. */
class WatchedConfigMapTest {
  private final KubernetesSerialization json = new KubernetesSerialization();

  private static String configMap(String value) {
    return """
    {"apiVersion": "v1", "kind": "ConfigMap",
     "metadata": {"name": "one", "namespace": "fleet", "resourceVersion": "7",
                  "annotations": {"a": "%1$s"}, "managedFields": [{"fieldsV1": {"f:data": {}}}]},
     "data": {"a": "%1$s", "b": ""}, "binaryData": {"c": "%1$s"}, "immutable": true}
    """
        .formatted(value);
  }

  @Test
  void nothingIsReadBesideNamesAndVersion() {
    String large = "x".repeat(1_000_000);
    String page = "{\"items\": [" + configMap(large) + "," + configMap("") + "]}";
    WatchedConfigMap.Page read = json.unmarshal(page, WatchedConfigMap.Page.class);
    assertThat(read.getItems()).hasSize(2);
    WatchedConfigMap first = read.getItems().getFirst();
    assertThat(first.getMetadata().getName()).isEqualTo("one");
    assertThat(first.getMetadata().getNamespace()).isEqualTo("fleet");
    assertThat(first.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(first.getAdditionalProperties()).isEmpty();
    assertThat(json.asJson(read)).hasSizeLessThan(500);
  }

  @Test
  void soItIsWithAnEventOfAWatchAndOneThatIsAskedForIsWhole() {
    json.registerKubernetesResource(WatchedConfigMap.class);
    Object read = json.unmarshal(configMap("x"));
    assertThat(read).isInstanceOf(WatchedConfigMap.class);
    assertThat(json.unmarshal(configMap("x"), ConfigMap.class).getData())
        .isEqualTo(Map.of("a", "x", "b", ""));
  }
}
