/** What the command writes to files and reads back: facts, observations, plans. */
@NullMarked
package dev.sandbar.cli.document;

import org.jspecify.annotations.NullMarked;
