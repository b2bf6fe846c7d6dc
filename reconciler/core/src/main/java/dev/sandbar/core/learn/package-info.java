/**
 * Makes a spec of what a service was seen to do: {@link dev.sandbar.core.learn.Use} is one thing
 * that it did, {@link dev.sandbar.core.learn.Lessons} are the permissions that these take. Pure, as
 * all of the core: who watches the service is elsewhere.
 */
@NullMarked
package dev.sandbar.core.learn;

import org.jspecify.annotations.NullMarked;
