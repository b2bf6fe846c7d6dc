/** Executes a plan, step by step, and takes it back when the device does not do as it was told. */
@NullMarked
package dev.sandbar.device.apply;

import org.jspecify.annotations.NullMarked;
