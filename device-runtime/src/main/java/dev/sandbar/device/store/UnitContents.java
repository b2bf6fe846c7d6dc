package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Contents of unit files. Every sweep reads all of them; of one that is as it was, nothing is
 * computed again.
 *
 * <p>Safe for use by many threads.
 */
final class UnitContents {

  /** systemd itself reads a little more; a unit file of that size is none. */
  static final int FILE_LIMIT = 1 << 20;

  /** Larger ones are not remembered; those of apps have a few KiB. */
  private static final int REMEMBERED_SIZE = 16 << 10;

  private static final int REMEMBERED_FILES = 1_000;

  private final DurableFiles files = new DurableFiles();
  private final Map<Path, Content> known = new HashMap<>();

  /**
   * What a file holds.
   *
   * @param digest SHA-256 of it
   * @param firstLine with its end
   */
  record Content(byte[] bytes, String digest, String firstLine) {
    static Content of(byte[] bytes) {
      int end = 0;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      return new Content(
          bytes,
          Sha256.of(bytes).hex(),
          new String(bytes, 0, Math.min(bytes.length, end + 1), StandardCharsets.UTF_8));
    }

    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Empty if it is no regular file, cannot be read, or is too large. */
  Optional<Content> read(Path file) {
    try {
      byte[] bytes = files.read(file, FILE_LIMIT);
      return Optional.of(content(file, bytes));
    } catch (IOException e) {
      forget(file);
      return Optional.empty();
    }
  }

  private synchronized Content content(Path file, byte[] bytes) {
    Content before = known.get(file);
    if (before != null && Arrays.equals(before.bytes(), bytes)) {
      return before;
    }
    var content = Content.of(bytes);
    if (known.size() >= REMEMBERED_FILES) {
      known.clear();
    }
    if (bytes.length <= REMEMBERED_SIZE) {
      known.put(file, content);
    } else {
      known.remove(file);
    }
    return content;
  }

  private synchronized void forget(Path file) {
    known.remove(file);
  }
}
