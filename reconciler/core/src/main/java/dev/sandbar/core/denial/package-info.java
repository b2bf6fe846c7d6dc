/**
 * What a sandbox refused an app, read from what the app said of it and from how it ended, and the
 * permission that would allow it.
 */
@NullMarked
package dev.sandbar.core.denial;

import org.jspecify.annotations.NullMarked;
