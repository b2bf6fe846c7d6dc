@NullMarked
package dev.sandbar.core.probe;

import org.jspecify.annotations.NullMarked;
