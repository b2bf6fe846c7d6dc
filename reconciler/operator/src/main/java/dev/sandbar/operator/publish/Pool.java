package dev.sandbar.operator.publish;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps one copy of equal specs: a thousand bundles hold the same one. What nobody holds any more
 * is let go.
 */
public final class Pool {
  private static final int SWEEP = 4_096;

  private final ConcurrentHashMap<Sha256, WeakReference<Spec>> specs = new ConcurrentHashMap<>();

  /** A spec and its digest. */
  public record Spec(Node node, Sha256 digest) {}

  /** The one copy. */
  public Spec of(Node node) {
    var fresh = new Spec(node, Bundle.digest(node));
    if (specs.size() > SWEEP) {
      specs.values().removeIf(reference -> reference.get() == null);
    }
    while (true) {
      WeakReference<Spec> kept =
          specs.computeIfAbsent(fresh.digest(), _ -> new WeakReference<>(fresh));
      Spec spec = kept.get();
      if (spec != null) {
        return spec;
      }
      specs.remove(fresh.digest(), kept);
    }
  }
}
