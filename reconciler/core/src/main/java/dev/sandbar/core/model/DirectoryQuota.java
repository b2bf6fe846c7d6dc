package dev.sandbar.core.model;

import java.util.Optional;

/**
 * How much a directory of an app's own may hold (systemd.exec(5), StateDirectoryQuota=).
 *
 * @param bytes a multiple of 1024, in which the kernel counts (quotactl(2), {@code dqb_bhardlimit})
 */
public record DirectoryQuota(long bytes) {

  /**
   * How it is written. The least is the largest block that a file system has: below it the kernel
   * rounds to nothing, which is no limit. The most is below what 64 bits hold.
   */
  public static final String PATTERN = "(6[4-9]|[7-9][0-9]|[1-9][0-9]{2,5})K|[1-9][0-9]{0,5}[MGT]";

  /** What to write instead of anything else. */
  public static final String HELP = "write a size from 64K to 999999T such as 100M";

  private static final String UNITS = "KMGT";
  private static final int KILO = 10;

  public DirectoryQuota {
    if (bytes <= 0) {
      throw new IllegalArgumentException("not a quota: " + bytes);
    }
  }

  /** The size; empty if it is not one from 64K to 999999T. */
  public static Optional<DirectoryQuota> parse(String text) {
    if (!text.matches(PATTERN)) {
      return Optional.empty();
    }
    int last = text.length() - 1;
    int power = UNITS.indexOf(text.charAt(last)) + 1;
    return Optional.of(
        new DirectoryQuota(Long.parseLong(text.substring(0, last)) << (KILO * power)));
  }

  /** A size as in a unit file, where that is one which a spec may have (systemd.exec(5)). */
  public static Optional<DirectoryQuota> ofUnit(String text) {
    if (!text.matches("[0-9]{1,18}")) {
      return parse(text);
    }
    long bytes = Long.parseLong(text);
    boolean whole = bytes > 0 && bytes % (1 << KILO) == 0;
    return whole
        ? Optional.of(new DirectoryQuota(bytes)).filter(it -> parse(it.toString()).isPresent())
        : Optional.empty();
  }

  /** As it may be written, in the largest unit of which it is a multiple. */
  @Override
  public String toString() {
    long number = bytes >> KILO;
    int unit = 0;
    while (unit < UNITS.length() - 1 && number % (1 << KILO) == 0) {
      number >>= KILO;
      unit++;
    }
    return number + UNITS.substring(unit, unit + 1);
  }
}
