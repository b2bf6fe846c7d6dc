@NullMarked
package dev.sandbar.core.rollback;

import org.jspecify.annotations.NullMarked;
