@NullMarked
package dev.sandbar.core.convert;

import org.jspecify.annotations.NullMarked;
