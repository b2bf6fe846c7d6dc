/** The program: options, wiring, health, leadership. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.operator.app;
