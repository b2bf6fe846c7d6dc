package dev.sandbar.core.property;

import java.util.Collection;
import java.util.Set;

/** The kernel's capabilities (capabilities(7)). */
public final class Capabilities {

  private Capabilities() {}

  /** All of them, in the order of their numbers. */
  public static Set<String> names() {
    return Masks.CAPABILITIES.keySet();
  }

  /** All of them, as a mask. */
  public static long all() {
    return mask(Masks.CAPABILITIES.keySet());
  }

  /**
   * These, as a mask.
   *
   * @throws IllegalArgumentException if one is none
   */
  public static long mask(Collection<String> names) {
    long mask = 0;
    for (String name : names) {
      Long bit = Masks.CAPABILITIES.get(name);
      if (bit == null) {
        throw new IllegalArgumentException("not a capability: " + name);
      }
      mask |= bit;
    }
    return mask;
  }
}
