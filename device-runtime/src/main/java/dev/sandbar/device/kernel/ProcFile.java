package dev.sandbar.device.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bounded reads of kernel files, whose size nobody knows before the end. */
final class ProcFile {

  private ProcFile() {}

  /** At most the first {@code limit} bytes, byte for byte: an environment may hold anything. */
  static String read(Path file, int limit) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(limit), StandardCharsets.ISO_8859_1);
    }
  }
}
