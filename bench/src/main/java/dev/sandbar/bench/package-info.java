/** Measures what Sandbar costs a device, against the same work done by hand. */
@NullMarked
package dev.sandbar.bench;

import org.jspecify.annotations.NullMarked;
