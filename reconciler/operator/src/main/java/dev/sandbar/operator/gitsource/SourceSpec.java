package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.GitSourceReader;
import dev.sandbar.operator.publish.ObjectTrees;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Fields of a GitSource's spec, also of one that is not usable. */
final class SourceSpec {

  private SourceSpec() {}

  /** All of it: a value that an older schema has let in is in the status of its own object. */
  static GitSourceReader.Outcome read(GenericKubernetesResource source) {
    return GitSourceReader.stored(ObjectTrees.field(source, "spec"));
  }

  /** Whether what the source owns goes when it goes. */
  static boolean prunes(GenericKubernetesResource source) {
    return !Boolean.FALSE.equals(spec(source).get("prune"));
  }

  static boolean suspends(GenericKubernetesResource source) {
    return Boolean.TRUE.equals(spec(source).get("suspend"));
  }

  /** Name of the Secret with the key of pushes. */
  static Optional<String> webhookSecret(GenericKubernetesResource source) {
    return fields(spec(source).get("webhookSecretRef")).get("name") instanceof String name
            && !name.isEmpty()
        ? Optional.of(name)
        : Optional.empty();
  }

  private static Map<?, ?> spec(GenericKubernetesResource source) {
    return fields(source.getAdditionalProperties().get("spec"));
  }

  private static Map<?, ?> fields(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }
}
