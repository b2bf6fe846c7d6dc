@NullMarked
package dev.sandbar.core.bundle;

import org.jspecify.annotations.NullMarked;
