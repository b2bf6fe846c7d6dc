/**
 * Follows a Git repository without a checkout: a bare clone of depth one, read by a tree walk.
 * Nothing of the machine's Git configuration applies, nothing is executed, all reads are bounded.
 */
@NullMarked
package dev.sandbar.source.git;

import org.jspecify.annotations.NullMarked;
