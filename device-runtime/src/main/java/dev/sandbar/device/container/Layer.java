package dev.sandbar.device.container;

import java.nio.file.Path;

/**
 * A layer that has arrived.
 *
 * @param file a tar archive
 * @param compressed whether by gzip
 */
public record Layer(Path file, boolean compressed) {}
