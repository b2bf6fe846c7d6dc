@NullMarked
package dev.sandbar.source.age;

import org.jspecify.annotations.NullMarked;
