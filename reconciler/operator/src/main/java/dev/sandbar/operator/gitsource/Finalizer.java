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

  /**
   * Puts it on a source that prunes, and takes it off one that does not; with the next look if
   * somebody has written since.
   */
  void keep(GenericKubernetesResource source, boolean wanted) {
    if (wanted && !isOn(source)) {
      var all = new ArrayList<>(finalizers(source));
      all.add(ObjectNames.FINALIZER);
      patch(source, all);
    } else if (!wanted) {
      remove(source);
    }
  }

  /**
   * Takes it off.
   *
   * @return false if somebody has written since, be it only the status, so that it is still there
   */
  boolean remove(GenericKubernetesResource source) {
    return !isOn(source)
        || patch(
            source,
            finalizers(source).stream().filter(it -> !it.equals(ObjectNames.FINALIZER)).toList());
  }

  /** Only if nobody has written since: the list is replaced as a whole. */
  private boolean patch(GenericKubernetesResource source, List<String> finalizers) {
    ObjectMeta meta = source.getMetadata();
    try {
      writes.merge(
          new Writes.Target(Writes.Kind.GIT_SOURCE, meta.getNamespace(), meta.getName()),
          Map.of(
              "metadata",
              Map.of("resourceVersion", meta.getResourceVersion(), "finalizers", finalizers)));
      return true;
    } catch (KubernetesClientException e) {
      if (!ApiFailure.of(e).isOutdated()) {
        throw e;
      }
      return false;
    }
  }

  private static List<String> finalizers(GenericKubernetesResource source) {
    return ObjectFields.list(source.getMetadata().getFinalizers());
  }
}
