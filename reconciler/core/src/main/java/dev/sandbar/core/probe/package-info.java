/**
 * What a kit of attempts finds in the sandbox of an app: the unit it runs in, what would open each
 * attempt, and whether that was granted.
 */
@NullMarked
package dev.sandbar.core.probe;

import org.jspecify.annotations.NullMarked;
