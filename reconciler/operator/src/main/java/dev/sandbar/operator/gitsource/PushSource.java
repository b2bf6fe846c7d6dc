package dev.sandbar.operator.gitsource;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;

/**
 * A source, as far as a push needs to know it.
 *
 * @param secret name of the Secret with the key of pushes; empty if none is taken
 */
record PushSource(String namespace, String name, String secret, boolean suspended) {

  /** From the object, also from one whose spec is not usable. */
  static PushSource of(GenericKubernetesResource source) {
    return new PushSource(
        source.getMetadata().getNamespace(),
        source.getMetadata().getName(),
        SourceSpec.webhookSecret(source).orElse(""),
        SourceSpec.suspends(source));
  }
}
