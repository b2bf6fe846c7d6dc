@NullMarked
package dev.sandbar.playground;

import org.jspecify.annotations.NullMarked;
