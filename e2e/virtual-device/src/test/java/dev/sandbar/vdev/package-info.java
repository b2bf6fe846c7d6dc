/** Tests of the virtual devices, on real ones. */
@NullMarked
package dev.sandbar.vdev;

import org.jspecify.annotations.NullMarked;
