/** Writes bundles: what changed, and nothing else. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.operator.publish;
