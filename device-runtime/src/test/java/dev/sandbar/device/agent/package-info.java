@NullMarked
package dev.sandbar.device.agent;

import org.jspecify.annotations.NullMarked;
