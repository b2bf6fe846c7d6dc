package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.ObjectFields;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.ReducedStateItemStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** GitSources as they are followed: in pages, and kept by whom they concern alone. */
final class SourceObjects {
  /** Each may be as large as the store lets an object be, whoever wrote it. */
  private static final long PAGE = 4;

  /** Characters of a spec; the schema allows a third of it. */
  private static final int MOST_SPEC = 32 << 10;

  private static final int MOST_FINALIZERS = 64;
  private static final int MOST_REQUEST = 128;

  private SourceObjects() {}

  /**
   * Informers that wait to be started; what they keep are versions, no objects.
   *
   * @param namespaces empty for all
   */
  static List<SharedIndexInformer<GenericKubernetesResource>> informers(
      KubernetesClient client, Collection<String> namespaces) {
    var all = client.genericKubernetesResources(ObjectNames.SOURCES);
    var informers = new ArrayList<SharedIndexInformer<GenericKubernetesResource>>();
    if (namespaces.isEmpty()) {
      informers.add(all.inAnyNamespace().withLimit(PAGE).runnableInformer(0));
    }
    namespaces.forEach(
        namespace -> informers.add(all.inNamespace(namespace).withLimit(PAGE).runnableInformer(0)));
    for (var informer : informers) {
      informer.itemStore(
          new ReducedStateItemStore<>(
              ReducedStateItemStore.NAME_KEY_STATE,
              GenericKubernetesResource.class,
              client.getKubernetesSerialization()));
      informer.exceptionHandler((isStarted, failure) -> true);
    }
    return informers;
  }

  /** What is used of a source; empty if it is larger than any source has a use for. */
  static Optional<GenericKubernetesResource> bounded(GenericKubernetesResource source) {
    ObjectMeta full = source.getMetadata();
    List<String> finalizers = ObjectFields.list(full.getFinalizers());
    if (finalizers.size() > MOST_FINALIZERS || length(source.get("spec")) > MOST_SPEC) {
      return Optional.empty();
    }
    var meta = new ObjectMeta();
    meta.setNamespace(full.getNamespace());
    meta.setName(full.getName());
    meta.setUid(full.getUid());
    meta.setResourceVersion(full.getResourceVersion());
    meta.setGeneration(full.getGeneration());
    meta.setDeletionTimestamp(full.getDeletionTimestamp());
    meta.setFinalizers(finalizers);
    String requested = ObjectFields.annotation(source, ObjectNames.REQUESTED_AT);
    if (!requested.isEmpty()) {
      meta.setAnnotations(
          Map.of(
              ObjectNames.REQUESTED_AT,
              requested.substring(0, Math.min(MOST_REQUEST, requested.length()))));
    }
    var bounded = new GenericKubernetesResource();
    bounded.setApiVersion(source.getApiVersion());
    bounded.setKind(source.getKind());
    bounded.setMetadata(meta);
    for (String part : List.of("spec", "status")) {
      Optional.<Object>ofNullable(source.get(part))
          .ifPresent(it -> bounded.setAdditionalProperty(part, it));
    }
    return Optional.of(bounded);
  }

  private static long length(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case String text -> text.length();
      case Collection<?> items -> items.stream().mapToLong(it -> 8 + length(it)).sum();
      case Map<?, ?> fields ->
          fields.entrySet().stream()
              .mapToLong(it -> 8 + length(it.getKey()) + length(it.getValue()))
              .sum();
      default -> 8;
    };
  }
}
