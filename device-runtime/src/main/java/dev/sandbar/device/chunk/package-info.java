/**
 * Images in pieces whose borders follow from the content, so that a device fetches only those that
 * it does not have.
 */
@NullMarked
package dev.sandbar.device.chunk;

import org.jspecify.annotations.NullMarked;
