package dev.sandbar.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Comparator;

/** Namespace and name. */
public record Key(String namespace, String name) {
  /** By namespace, then by name. */
  static final Comparator<Key> ORDER =
      Comparator.comparing(Key::namespace).thenComparing(Key::name);

  /** Of an object; the texts are shared by all keys of it. */
  public static Key of(HasMetadata object) {
    return new Key(
        object.getMetadata().getNamespace().intern(), object.getMetadata().getName().intern());
  }

  /** Reads {@code namespace/name}. */
  static Key parse(String text) {
    int slash = text.indexOf('/');
    return new Key(
        text.substring(0, Math.max(0, slash)).intern(), text.substring(slash + 1).intern());
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
