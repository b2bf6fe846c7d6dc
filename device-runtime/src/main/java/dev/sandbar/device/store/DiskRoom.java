package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What fits on the disk of a folder, with enough left for the agent and the device to go on
 * writing.
 *
 * @param directory that is filled; it exists
 * @param shown what it is called on the device
 * @param promised what running copies have yet to fill
 * @param quota what images may take of it
 */
record DiskRoom(Path directory, String shown, PromisedRoom promised, ImageQuota quota) {

  /** One part in so many of the disk is left. */
  private static final int RESERVED = 20;

  /**
   * Why so much does not fit beside what other copies will fill; empty if it does.
   *
   * @param size in bytes, which is what was promised
   */
  Optional<String> problem(long size, PromisedRoom.Promise promise) {
    long free = Math.max(0, free() - promise.others());
    if (size > free) {
      return Optional.of(full(size, free));
    }
    long reserve = directory.toFile().getTotalSpace() / RESERVED;
    if (size > free - reserve) {
      return Optional.of(
          "%s of %s free in %s would leave less than the %s that the device keeps for itself; free some space there"
              .formatted(amount(size), amount(free), shown, amount(reserve)));
    }
    return quota.problem(size, promise.others());
  }

  /** Throws if less is free than what the device keeps for itself. */
  void requireReserve() throws IOException {
    long reserve = directory.toFile().getTotalSpace() / RESERVED;
    if (free() < reserve) {
      throw new IOException(
          "the disk is full: %s free in %s, of which the device keeps %s for itself; free some space there"
              .formatted(amount(free()), shown, amount(reserve)));
    }
    Optional<String> problem = quota.problem(0, 0);
    if (problem.isPresent()) {
      throw new IOException(problem.get());
    }
  }

  /** What is said when the disk turned out to be full. */
  String full(long size) {
    return full(size, free());
  }

  private String full(long size, long free) {
    return "the disk is full: %s needed, %s free in %s; free some space there"
        .formatted(amount(size), amount(free), shown);
  }

  /** Not through a FileStore: that looks up the mount table of this process, not of the device. */
  private long free() {
    return directory.toFile().getUsableSpace();
  }

  static String amount(long bytes) {
    return bytes < 1 << 20
        ? (bytes + 1023) / 1024 + " KiB"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
