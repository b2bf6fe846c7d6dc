/**
 * Real Git servers on loopback, and repositories made by the real Git, for tests and benchmarks.
 */
@NullMarked
package dev.sandbar.gitserver;

import org.jspecify.annotations.NullMarked;
