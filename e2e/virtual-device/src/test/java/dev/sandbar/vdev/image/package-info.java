@NullMarked
package dev.sandbar.vdev.image;

import org.jspecify.annotations.NullMarked;
