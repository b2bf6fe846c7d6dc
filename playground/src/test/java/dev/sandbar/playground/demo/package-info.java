@NullMarked
package dev.sandbar.playground.demo;

import org.jspecify.annotations.NullMarked;
