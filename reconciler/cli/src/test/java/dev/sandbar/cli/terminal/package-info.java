@NullMarked
package dev.sandbar.cli.terminal;

import org.jspecify.annotations.NullMarked;
