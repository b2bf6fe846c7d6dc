@NullMarked
package dev.sandbar.core.window;

import org.jspecify.annotations.NullMarked;
