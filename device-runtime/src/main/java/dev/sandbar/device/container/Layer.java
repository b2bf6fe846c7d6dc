package dev.sandbar.device.container;

import java.nio.file.Path;

/**
 * A layer that has arrived.
 *
 * @param file a tar archive
 * @param compression of it, as its manifest says
 */
public record Layer(Path file, Compression compression) {}
