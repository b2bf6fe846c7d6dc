package dev.sandbar.core.catalog;

/**
 * Ordered by openness. Join and meet are commutative, associative, idempotent and absorb each
 * other, so the order in which permissions are merged can never matter and granting never closes
 * anything.
 */
interface Lattice<T extends Lattice<T>> {

  /** Open wherever either is. */
  T join(T other);

  /** Open only where both are. */
  T meet(T other);
}
