@NullMarked
package dev.sandbar.device.fleet;

import org.jspecify.annotations.NullMarked;
