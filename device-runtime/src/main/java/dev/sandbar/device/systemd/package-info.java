/** systemd as a port, and its adapter over D-Bus. */
@NullMarked
package dev.sandbar.device.systemd;

import org.jspecify.annotations.NullMarked;
