@NullMarked
package dev.sandbar.cli.fleet;

import org.jspecify.annotations.NullMarked;
