package dev.sandbar.vdev.image;

import java.nio.file.Path;

/**
 * A squashfs image of this machine's cache.
 *
 * @param path of the file; never changed once it is there
 * @param sha256 of its content, 64 hexadecimal digits
 */
public record AppImage(Path path, String sha256) {}
