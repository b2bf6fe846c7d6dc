package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.operator.publish.Pool;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is known of the fleet. */
class FleetIndexTest {
  private static final Key PUMP = new Key("fleet", "pump");

  private static DeclaredApp pump(String version) {
    var object = new GenericKubernetesResource();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("fleet")
            .withName("pump")
            .withResourceVersion(version)
            .withGeneration(1L)
            .build());
    object.setAdditionalProperty(
        "spec", Map.of("run", Map.of("command", List.of("/usr/bin/sleep", "infinity"))));
    return DeclaredApp.read(object, new Pool());
  }

  @Test
  void anAnswerThatComesAfterTheEndBringsNoAppBack() {
    var fleet = new FleetIndex();
    assertThat(fleet.put(pump("9"))).isTrue();
    fleet.refresh(pump("10"));
    assertThat(fleet.app(PUMP).orElseThrow().version()).isEqualTo("10");
    fleet.refresh(pump("9"));
    assertThat(fleet.app(PUMP).orElseThrow().version()).isEqualTo("10");
    fleet.removeApp(PUMP);
    fleet.refresh(pump("11"));
    assertThat(fleet.app(PUMP)).isEmpty();
  }
}
