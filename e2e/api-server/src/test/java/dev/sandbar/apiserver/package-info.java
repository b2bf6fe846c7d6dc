/** Tests of the control plane. */
@NullMarked
package dev.sandbar.apiserver;

import org.jspecify.annotations.NullMarked;
