/**
 * Judges, directive by directive, whether what was declared of a running app is what the kernel
 * holds of it.
 */
@NullMarked
package dev.sandbar.core.attest;

import org.jspecify.annotations.NullMarked;
