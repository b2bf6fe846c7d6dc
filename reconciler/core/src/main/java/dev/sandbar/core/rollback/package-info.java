/** What an older version of an app may still do when it takes the place of the newest one. */
@NullMarked
package dev.sandbar.core.rollback;

import org.jspecify.annotations.NullMarked;
