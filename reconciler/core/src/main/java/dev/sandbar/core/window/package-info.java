/** When updates may interrupt an app: cron times, windows, and the decision between both owners. */
@NullMarked
package dev.sandbar.core.window;

import org.jspecify.annotations.NullMarked;
