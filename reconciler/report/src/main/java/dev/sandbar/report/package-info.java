/** What agent and operator report in the same way: whoever asks over HTTP, and in one line. */
@NullMarked
package dev.sandbar.report;

import org.jspecify.annotations.NullMarked;
