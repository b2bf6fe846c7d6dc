/** The demo: the whole loop on one virtual device, told as a story. */
@NullMarked
package dev.sandbar.playground.demo;

import org.jspecify.annotations.NullMarked;
