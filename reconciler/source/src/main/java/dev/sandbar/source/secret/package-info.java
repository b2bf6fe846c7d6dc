/** Secrets that stand in files of their own. */
@NullMarked
package dev.sandbar.source.secret;

import org.jspecify.annotations.NullMarked;
