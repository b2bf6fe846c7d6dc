/** A fleet against a real API server. */
@NullMarked
package dev.sandbar.e2e.fleet;

import org.jspecify.annotations.NullMarked;
