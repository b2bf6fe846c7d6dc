/** Resolves the hosts that {@code internetTo} names, and keeps what they were last. */
@NullMarked
package dev.sandbar.device.hosts;

import org.jspecify.annotations.NullMarked;
