/** Commands to try Sandbar with: virtual devices, an API server of one's own, the demo. */
@NullMarked
package dev.sandbar.playground;

import org.jspecify.annotations.NullMarked;
