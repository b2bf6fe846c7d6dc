@NullMarked
package dev.sandbar.core.learn;

import org.jspecify.annotations.NullMarked;
