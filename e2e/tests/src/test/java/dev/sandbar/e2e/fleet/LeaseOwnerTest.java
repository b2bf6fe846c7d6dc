package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The heartbeat of a device is a Lease of its name; leaders are elected by Leases, too. */
class LeaseOwnerTest {
  @Test
  void aDeviceCannotTakeTheLeaseOfSomebodyElse(@KubernetesApi ApiServer api, @TempDir Path root)
      throws Exception {
    try (var stage = new EnrolStage(api)) {
      String ns = stage.namespace();
      api.kubectl()
          .apply(
              """
              apiVersion: coordination.k8s.io/v1
              kind: Lease
              metadata: {name: elector, namespace: %s}
              spec: {holderIdentity: the-leader, leaseDurationSeconds: 15}
              """
                  .formatted(ns))
          .orThrow();
      var _ = stage.enrolled(root.resolve("one"), ns, "elector");
      // Let in after it: by the time this one has its rights, the other has been looked at.
      var _ = stage.enrolled(root.resolve("two"), ns, "pump");
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> roles(stage, ns).contains("pump"));
      assertThat(
              stage.kubectl(
                  "get", "lease", "elector", "-n", ns, "-o", "jsonpath={.spec.holderIdentity}"))
          .isEqualTo("the-leader");
      assertThat(roles(stage, ns))
          .as("what would let it write the Lease")
          .doesNotContain("elector");

      stage.kubectl("delete", "lease", "elector", "-n", ns);
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> roles(stage, ns).contains("elector"));
    }
  }

  @Test
  void whatSomebodyElseHasMadeUnderANameOfADeviceIsLeftAlone(
      @KubernetesApi ApiServer api, @TempDir Path root) throws Exception {
    try (var stage = new EnrolStage(api)) {
      String ns = stage.namespace();
      String rights = "sandbar-device-valve";
      stage.kubectl("create", "role", rights, "--verb=get", "--resource=configmaps", "-n", ns);
      stage.kubectl(
          "create", "rolebinding", rights, "--role=" + rights, "--user=somebody", "-n", ns);
      String before = stage.kubectl("get", "role,rolebinding", rights, "-n", ns, "-o", "yaml");
      var _ = stage.enrolled(root.resolve("one"), ns, "valve");
      // Let in after it: by the time this one has its rights, the other has been looked at.
      var _ = stage.enrolled(root.resolve("two"), ns, "pump");
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> roles(stage, ns).contains("pump"));
      assertThat(stage.kubectl("get", "role,rolebinding", rights, "-n", ns, "-o", "yaml"))
          .isEqualTo(before);
    }
  }

  private static String roles(EnrolStage stage, String namespace) {
    return stage.kubectl("get", "roles", "-n", namespace, "-o", "name");
  }
}
