package dev.sandbar.operator.history;

import dev.sandbar.core.model.Node;
import dev.sandbar.operator.history.HistoryRecord.Change;
import dev.sandbar.operator.history.HistoryRecord.Writer;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.source.text.JsonReader;
import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out who wrote an object last. */
final class Writers {
  private static final String REVISION = "sandbar.dev/revision";

  /** Field manager of what comes from a repository. */
  private static final String FROM_GIT = "sandbar-gitsource";

  /** Annotation of the user who changed the object last. */
  private static final String CHANGED_BY = "sandbar.dev/changedBy";

  private static final ResourceDefinitionContext BINDINGS =
      new ResourceDefinitionContext.Builder()
          .withGroup("admissionregistration.k8s.io")
          .withVersion("v1")
          .withKind("ValidatingAdmissionPolicyBinding")
          .withPlural("validatingadmissionpolicybindings")
          .withNamespaced(false)
          .build();

  private static final String REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

  private static final String REVIEW =
      "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}";

  private final KubernetesClient client;
  private final OwnActs acts;

  /** User name of this operator, empty until it is needed. */
  private String ours = "";

  Writers(KubernetesClient client, OwnActs acts) {
    this.client = client;
    this.acts = acts;
  }

  Writer of(Change change) {
    Observed now = change.now();
    if (now.kind() == Observed.Kind.DEVICE && change.change().equals(now.outcome())) {
      return acts.enrolment(now.namespace(), now.name()).orElse(Writer.UNKNOWN);
    }
    // What becomes of a version is nobody's doing.
    return change.change().equals(now.outcome())
        ? Writer.UNKNOWN
        : Optional.ofNullable(get(client, kind(now.kind()), now.namespace(), now.name()))
            .map(it -> of(it, change.change().equals(HistoryRecord.LABELS_CHANGED)))
            .orElse(Writer.UNKNOWN);
  }

  private static Writes.Kind kind(Observed.Kind kind) {
    return switch (kind) {
      case APP -> Writes.Kind.APP_SANDBOX;
      case DEVICE -> Writes.Kind.DEVICE;
      case SOURCE -> Writes.Kind.GIT_SOURCE;
    };
  }

  static @Nullable GenericKubernetesResource get(
      KubernetesClient client, Writes.Kind kind, String namespace, String name) {
    return client
        .genericKubernetesResources(kind.context())
        .inNamespace(namespace)
        .withName(name)
        .get();
  }

  /** Whether the API server writes the user into what is changed, or anybody may have. */
  private boolean hasUsers() {
    return client.genericKubernetesResources(BINDINGS).withName("changed-by.sandbar.dev").get()
        != null;
  }

  /** Of labels no manager is known: those that are read are the spec's. */
  private Writer of(GenericKubernetesResource object, boolean labels) {
    String manager =
        ObjectFields.list(object.getMetadata().getManagedFields()).stream()
            .filter(it -> !labels && isOfSpec(it))
            .max(Comparator.comparing(it -> ObjectFields.text(it.getTime())))
            .map(it -> ObjectFields.text(it.getManager()))
            .orElse("");
    String written = ObjectFields.annotation(object, CHANGED_BY);
    String user = written.isEmpty() || !hasUsers() ? "" : written;
    // Anybody may write the annotation, and call themselves as a GitSource does.
    boolean fromGit = manager.equals(FROM_GIT) && (user.isEmpty() || user.equals(ours()));
    return new Writer(user, manager, fromGit ? ObjectFields.annotation(object, REVISION) : "", "");
  }

  /** Of a GitSource the operator itself is the user. */
  private String ours() {
    if (ours.isEmpty()) {
      String answer = client.raw(REVIEWS, "POST", REVIEW);
      Node review =
          JsonReader.read(REVIEWS, answer.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
      for (String key : List.of("status", "userInfo", "username")) {
        review = review.fields().getOrDefault(key, Node.mapping(List.of()));
      }
      ours = review instanceof Node.Scalar name ? name.text() : "";
    }
    return ours;
  }

  private static boolean isOfSpec(ManagedFieldsEntry entry) {
    return ObjectFields.text(entry.getSubresource()).isEmpty()
        && Optional.ofNullable(entry.getFieldsV1())
            .map(FieldsV1::getAdditionalProperties)
            .orElse(Map.of())
            .containsKey("f:spec");
  }
}
