@NullMarked
package dev.sandbar.operator.gitsource;

import org.jspecify.annotations.NullMarked;
