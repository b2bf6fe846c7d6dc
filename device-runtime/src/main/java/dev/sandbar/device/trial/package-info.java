/** Tries an app in the place of a running service. */
@NullMarked
package dev.sandbar.device.trial;

import org.jspecify.annotations.NullMarked;
