@NullMarked
package dev.sandbar.device.signature;

import org.jspecify.annotations.NullMarked;
