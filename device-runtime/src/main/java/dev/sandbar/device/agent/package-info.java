/** The loop: source, compile, plan, apply, observe, report. */
@NullMarked
package dev.sandbar.device.agent;

import org.jspecify.annotations.NullMarked;
