@NullMarked
package dev.sandbar.core.trial;

import org.jspecify.annotations.NullMarked;
