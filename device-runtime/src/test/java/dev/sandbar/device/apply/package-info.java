@NullMarked
package dev.sandbar.device.apply;

import org.jspecify.annotations.NullMarked;
