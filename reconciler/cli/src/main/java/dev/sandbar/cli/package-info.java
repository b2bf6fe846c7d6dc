/** The {@code sandbar} command. */
@NullMarked
package dev.sandbar.cli;

import org.jspecify.annotations.NullMarked;
