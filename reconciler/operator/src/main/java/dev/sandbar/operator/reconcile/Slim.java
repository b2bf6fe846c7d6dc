package dev.sandbar.operator.reconcile;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.util.Map;

/** Copies of objects without what need not be kept. */
final class Slim {

  private Slim() {}

  static Device device(Device full, FactsTable facts) {
    var slim = new Device();
    ObjectMeta meta = identity(full.getMetadata());
    meta.setGeneration(full.getMetadata().getGeneration());
    meta.setLabels(full.getMetadata().getLabels());
    meta.setDeletionTimestamp(full.getMetadata().getDeletionTimestamp());
    Map<String, String> annotations = full.getMetadata().getAnnotations();
    String asked = annotations == null ? null : annotations.get(DeclaredApp.REQUESTED_AT);
    if (asked != null) {
      meta.setAnnotations(Map.of(DeclaredApp.REQUESTED_AT, asked));
    }
    slim.setMetadata(meta);
    DeviceSpec spec = full.getSpec();
    if (spec != null) {
      slim.setSpec(new DeviceSpec(null, null, spec.suspend(), spec.decommission()));
    }
    DeviceStatus status = full.getStatus();
    if (status != null) {
      slim.setStatus(
          new DeviceStatus(
              status.facts() == null ? null : facts.slim(status.facts()),
              status.observedGeneration(),
              status.conditions(),
              status.apps(),
              status.cannotEnforce(),
              status.lastSeen(),
              null));
    }
    return slim;
  }

  /** Who it is, and which version. */
  static GenericKubernetesResource version(GenericKubernetesResource full) {
    var slim = new GenericKubernetesResource();
    slim.setMetadata(identity(full.getMetadata()));
    return slim;
  }

  /** Who it is, and which version. */
  static Lease version(Lease full) {
    var slim = new Lease();
    slim.setMetadata(identity(full.getMetadata()));
    return slim;
  }

  private static ObjectMeta identity(ObjectMeta full) {
    var meta = new ObjectMeta();
    meta.setNamespace(full.getNamespace());
    meta.setName(full.getName());
    meta.setUid(full.getUid());
    meta.setResourceVersion(full.getResourceVersion());
    return meta;
  }
}
