/**
 * From what the user asked for to the unit that a device must run. Deterministic: the same input
 * gives the same bytes.
 */
@NullMarked
package dev.sandbar.core.compile;

import org.jspecify.annotations.NullMarked;
