@NullMarked
package dev.sandbar.device.broker;

import org.jspecify.annotations.NullMarked;
