@NullMarked
package dev.sandbar.core.bind;

import org.jspecify.annotations.NullMarked;
