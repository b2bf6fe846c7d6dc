package dev.sandbar.cli;

import java.util.Locale;

/** How a result is printed. */
enum Format {
  /** For people; may change. */
  TABLE,
  /** For machines: stable. */
  JSON,
  /** The same as YAML. */
  YAML;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
