package dev.sandbar.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Namespace and name. */
public record Key(String namespace, String name) {

  /** Of an object. */
  public static Key of(HasMetadata object) {
    return new Key(object.getMetadata().getNamespace(), object.getMetadata().getName());
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
