/** What agent and operator tell in the same way: whoever asks over HTTP, and in one line. */
@NullMarked
package dev.sandbar.report;

import org.jspecify.annotations.NullMarked;
