/**
 * Container images: their layers become one squashfs, as {@code RootImage=} takes it. Nothing is
 * unpacked on the device's disk, so that no name in a layer can lead anywhere there.
 */
@NullMarked
package dev.sandbar.device.container;

import org.jspecify.annotations.NullMarked;
