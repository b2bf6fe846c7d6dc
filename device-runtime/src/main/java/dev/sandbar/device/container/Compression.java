package dev.sandbar.device.container;

/** How the archive of a layer is compressed. */
public enum Compression {
  NONE,
  GZIP,
  ZSTD
}
