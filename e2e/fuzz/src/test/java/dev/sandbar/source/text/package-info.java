@NullMarked
package dev.sandbar.source.text;

import org.jspecify.annotations.NullMarked;
