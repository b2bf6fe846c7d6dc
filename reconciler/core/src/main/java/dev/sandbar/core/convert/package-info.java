/** From the unit files that people have to specs. */
@NullMarked
package dev.sandbar.core.convert;

import org.jspecify.annotations.NullMarked;
