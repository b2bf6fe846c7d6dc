@NullMarked
package dev.sandbar.core.property;

import org.jspecify.annotations.NullMarked;
