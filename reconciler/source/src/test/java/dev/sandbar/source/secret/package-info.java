@NullMarked
package dev.sandbar.source.secret;

import org.jspecify.annotations.NullMarked;
