/** Asks apps whether they are ready. */
@NullMarked
package dev.sandbar.device.health;

import org.jspecify.annotations.NullMarked;
