/**
 * Sees what a device is: its files, its manager, its processes, its images. Never changes anything.
 */
@NullMarked
package dev.sandbar.device.observe;

import org.jspecify.annotations.NullMarked;
