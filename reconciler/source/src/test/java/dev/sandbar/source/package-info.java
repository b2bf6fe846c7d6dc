/** Tests of reading manifests. */
@NullMarked
package dev.sandbar.source;

import org.jspecify.annotations.NullMarked;
