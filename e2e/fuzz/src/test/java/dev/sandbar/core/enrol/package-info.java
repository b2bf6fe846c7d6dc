@NullMarked
package dev.sandbar.core.enrol;

import org.jspecify.annotations.NullMarked;
