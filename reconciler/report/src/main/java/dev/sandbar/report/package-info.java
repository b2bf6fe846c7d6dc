/** What agent and operator tell whoever asks them over HTTP. */
@NullMarked
package dev.sandbar.report;

import org.jspecify.annotations.NullMarked;
