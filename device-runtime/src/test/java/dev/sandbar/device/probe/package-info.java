@NullMarked
package dev.sandbar.device.probe;

import org.jspecify.annotations.NullMarked;
