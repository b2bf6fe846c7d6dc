package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is read of an AppSandbox. */
class BoundedAppTest {
  private final KubernetesSerialization json = new KubernetesSerialization();

  private BoundedApp read(String spec) {
    String app =
        """
        {"apiVersion": "sandbar.dev/v1alpha1", "kind": "AppSandbox",
         "metadata": {"name": "one", "namespace": "tenant", "resourceVersion": "7"},
         "spec": %s}
        """
            .formatted(spec);
    String page = "{\"items\": [" + app + "]}";
    return json.unmarshal(page, BoundedApp.Page.class).getItems().getFirst();
  }

  @Test
  void nothingIsKeptOfASpecThatIsTooLarge() {
    for (String spec :
        new String[] {
          "{\"a\": \"" + "x".repeat(70_000) + "\"}",
          "{\"" + "k".repeat(40_000) + "\": 1, \"" + "l".repeat(40_000) + "\": 1}",
          "{\"a\": [[]" + ",[]".repeat(40_000) + "]}",
          "{\"a\": " + "[".repeat(900) + "]".repeat(900) + "}"
        }) {
      BoundedApp app = read(spec);
      assertThat(app.oversize()).isTrue();
      assertThat(app.getAdditionalProperties()).isEmpty();
      assertThat(app.getMetadata().getName()).isEqualTo("one");
    }
  }

  @Test
  void aSpecThatFitsIsReadWhole() {
    BoundedApp app = read("{\"run\": {\"command\": [\"/usr/bin/app\", 1, true]}}");
    assertThat(app.oversize()).isFalse();
    assertThat(app.getAdditionalProperties())
        .isEqualTo(
            Map.of("spec", Map.of("run", Map.of("command", List.of("/usr/bin/app", 1, true)))));
  }
}
