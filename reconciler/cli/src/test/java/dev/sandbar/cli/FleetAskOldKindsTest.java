package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Asking where the definitions are those of an earlier release, and where a user may not ask. */
class FleetAskOldKindsTest {
  @Test
  void theMissingKindIsNamedWithWhatToInstall(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) {
    api.applyCrds(FleetOnApiServerTest.CRDS);
    String namespace = api.newNamespace("fleet");
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: Device
            metadata: {name: pump-1, namespace: %s}
            spec: {}
            """
                .formatted(namespace))
        .orThrow();
    api.kubectl("delete", "crd", "devicequeries.sandbar.dev").orThrow();
    Ran ran =
        Ran.with(
            Map.of("KUBECONFIG", api.kubeconfig().toString()),
            "",
            "fleet",
            "logs",
            "pump-1",
            "pump",
            "-n",
            namespace);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("it has no such kind", "kubectl apply --server-side -f charts/sandbar/crds/");
  }
}
