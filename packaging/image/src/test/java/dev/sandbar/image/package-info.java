/** Tests of the operator's image. */
@NullMarked
package dev.sandbar.image;

import org.jspecify.annotations.NullMarked;
