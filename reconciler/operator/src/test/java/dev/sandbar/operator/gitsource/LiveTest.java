package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a GitSource takes for an app that fails on every device. */
class LiveTest {
  @ParameterizedTest
  @CsvSource({
    "HealthCheckFailed, 0, HealthCheckFailed",
    "RolledBack, 0, RolledBack",
    "HealthCheckFailed, 1, ''",
    "DriftDetected, 0, ''",
  })
  void driftThatIsBeingCorrectedIsNoFailure(String reason, int ready, String failing) {
    var object =
        Serialization.unmarshal(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: pump, uid: a, resourceVersion: "1", generation: 3}
            spec: {run: {command: [/bin/true]}}
            status:
              observedGeneration: 3
              devices: {desired: 2, ready: %d}
              conditions:
                - {type: Ready, status: "False", reason: %s, message: m, lastTransitionTime: "2026-01-01T00:00:00Z"}
            """
                .formatted(ready, reason),
            GenericKubernetesResource.class);
    assertThat(Live.of(object, null).failing().reason()).isEqualTo(failing);
  }
}
