/** Executes a plan, step by step, and takes it back when the device does not follow. */
@NullMarked
package dev.sandbar.device.apply;

import org.jspecify.annotations.NullMarked;
