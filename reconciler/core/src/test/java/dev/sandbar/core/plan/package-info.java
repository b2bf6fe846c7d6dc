@NullMarked
package dev.sandbar.core.plan;

import org.jspecify.annotations.NullMarked;
