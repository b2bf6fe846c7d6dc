/** Signatures of images, as cosign makes them with a fixed key: read and checked offline. */
@NullMarked
package dev.sandbar.device.signature;

import org.jspecify.annotations.NullMarked;
