@NullMarked
package dev.sandbar.source.git;

import org.jspecify.annotations.NullMarked;
