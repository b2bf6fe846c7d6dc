/** The operator on a real API server. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.operator;
