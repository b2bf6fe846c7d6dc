/** What Sandbar keeps on the device's disk: unit files, images and its own memory. */
@NullMarked
package dev.sandbar.device.store;

import org.jspecify.annotations.NullMarked;
