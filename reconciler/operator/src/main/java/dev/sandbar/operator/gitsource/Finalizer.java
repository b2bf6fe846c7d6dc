package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The finalizer of sources that prune: it holds a deleted source until what it owns is gone. */
final class Finalizer {
  private final Writes writes;

  Finalizer(Writes writes) {
    this.writes = writes;
  }

  static boolean isOn(GenericKubernetesResource source) {
    return finalizers(source).contains(ObjectNames.FINALIZER);
  }

  /** Puts it on a source that prunes, and takes it off one that does not. */
  void keep(GenericKubernetesResource source, boolean wanted) {
    if (wanted && !isOn(source)) {
      var all = new ArrayList<>(finalizers(source));
      all.add(ObjectNames.FINALIZER);
      patch(source, all);
    } else if (!wanted) {
      remove(source);
    }
  }

  void remove(GenericKubernetesResource source) {
    if (isOn(source)) {
      patch(
          source,
          finalizers(source).stream().filter(it -> !it.equals(ObjectNames.FINALIZER)).toList());
    }
  }

  /** Only if nobody has written since: the list is replaced as a whole. */
  private void patch(GenericKubernetesResource source, List<String> finalizers) {
    ObjectMeta meta = source.getMetadata();
    try {
      writes.merge(
          new Writes.Target(Writes.Kind.GIT_SOURCE, meta.getNamespace(), meta.getName()),
          Map.of(
              "metadata",
              Map.of("resourceVersion", meta.getResourceVersion(), "finalizers", finalizers)));
    } catch (KubernetesClientException e) {
      // Written since, or gone: the watch sends that, and then it is decided again.
      if (!ApiFailure.of(e).isOutdated()) {
        throw e;
      }
    }
  }

  private static List<String> finalizers(GenericKubernetesResource source) {
    return ObjectFields.list(source.getMetadata().getFinalizers());
  }
}
