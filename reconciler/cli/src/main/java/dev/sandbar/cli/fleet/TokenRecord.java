package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.FleetHistory;
import dev.sandbar.crds.v1alpha1.FleetHistorySpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
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
  private static final String NAME = "fleet";
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
          new FleetHistorySpec.Entry(
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              "Token",
              List.of(id),
              null,
              change,
              user(),
              null,
              null,
              message);
      if (!append(entry)) {
        begin(entry);
      }
      return List.of();
    } catch (KubernetesClientException e) {
      return List.of("this is not in the history of the fleet: " + ApiErrors.root(e));
    }
  }

  /** False if there is no history yet. */
  private boolean append(FleetHistorySpec.Entry entry) {
    var patch = List.of(Map.of("op", "add", "path", "/spec/entries/-", "value", entry));
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.JSON)
            .withFieldManager(FleetConnection.MANAGER)
            .build();
    try {
      FleetHistory _ = histories().withName(NAME).patch(context, Serialization.asJson(patch));
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  /** Before the first device of a namespace comes there is its token. */
  private void begin(FleetHistorySpec.Entry entry) {
    var history = new FleetHistory();
    history.setMetadata(
        new ObjectMetaBuilder().withNamespace(connection.namespace()).withName(NAME).build());
    history.setSpec(new FleetHistorySpec(List.of(entry), List.of(), null));
    try {
      FleetHistory _ = histories().resource(history).create();
    } catch (KubernetesClientException e) {
      boolean begun = e.getCode() == HttpURLConnection.HTTP_CONFLICT && append(entry);
      if (!begun) {
        throw e;
      }
    }
  }

  private NonNamespaceOperation<FleetHistory, ?, Resource<FleetHistory>> histories() {
    return connection.client().resources(FleetHistory.class).inNamespace(connection.namespace());
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
