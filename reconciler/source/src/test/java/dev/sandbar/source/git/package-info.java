/** Tests against real Git: its command line, its HTTP backend, a real SSH server. */
@NullMarked
package dev.sandbar.source.git;

import org.jspecify.annotations.NullMarked;
