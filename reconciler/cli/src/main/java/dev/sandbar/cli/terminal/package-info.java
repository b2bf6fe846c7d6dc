/** What a person sees: tables, colour, progress. */
@NullMarked
package dev.sandbar.cli.terminal;

import org.jspecify.annotations.NullMarked;
