package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.FleetHistory;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * Records that a token was made or revoked. The operator cannot: tokens are Secrets of the cluster,
 * which it does not read. Whoever makes one may write the history too.
 */
final class TokenRecord {
  private static final String WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  private static final String REVIEW =
      "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}";

  private final FleetConnection connection;

  TokenRecord(FleetConnection connection) {
    this.connection = connection;
  }

  /**
   * Records it; the token stands, or is revoked, whether that succeeds or not.
   *
   * @return what to say if it does not; nothing if it does
   */
  List<String> add(String id, String change, String message) {
    try {
      var entry =
          Map.of(
              "time",
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              "kind",
              "Token",
              "names",
              List.of(id),
              "change",
              change,
              "user",
              user(),
              "message",
              message);
      var patch = List.of(Map.of("op", "add", "path", "/spec/entries/-", "value", entry));
      var context =
          new PatchContext.Builder()
              .withPatchType(PatchType.JSON)
              .withFieldManager(FleetConnection.MANAGER)
              .build();
      FleetHistory _ =
          connection
              .client()
              .resources(FleetHistory.class)
              .inNamespace(connection.namespace())
              .withName("fleet")
              .patch(context, Serialization.asJson(patch));
      return List.of();
    } catch (KubernetesClientException e) {
      return List.of("this is not in the history of the fleet: " + ApiErrors.root(e));
    }
  }

  private String user() {
    var review = Serialization.unmarshal(connection.client().raw(WHO, "POST", REVIEW), Map.class);
    return review.get("status") instanceof Map<?, ?> status
            && status.get("userInfo") instanceof Map<?, ?> info
            && info.get("username") instanceof String name
        ? name
        : "";
  }
}
