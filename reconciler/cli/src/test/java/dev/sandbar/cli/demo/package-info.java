@NullMarked
package dev.sandbar.cli.demo;

import org.jspecify.annotations.NullMarked;
