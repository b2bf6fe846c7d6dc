/** Decides what every device must run, and what its state amounts to. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.operator.reconcile;
