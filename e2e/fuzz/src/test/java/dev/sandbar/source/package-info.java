@NullMarked
package dev.sandbar.source;

import org.jspecify.annotations.NullMarked;
