/** The whole loop on real systemds. */
@NullMarked
package dev.sandbar.e2e;

import org.jspecify.annotations.NullMarked;
