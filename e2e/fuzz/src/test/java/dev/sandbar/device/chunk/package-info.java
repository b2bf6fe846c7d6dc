@NullMarked
package dev.sandbar.device.chunk;

import org.jspecify.annotations.NullMarked;
