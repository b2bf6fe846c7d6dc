/** What several tests of the device runtime need. */
@NullMarked
package dev.sandbar.device.testing;

import org.jspecify.annotations.NullMarked;
