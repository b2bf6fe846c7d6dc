package dev.sandbar.cli;

/** How a result is printed. */
enum Format {
  /** For people; may change. */
  TABLE,
  /** For machines: stable. */
  JSON,
  /** The same as YAML. */
  YAML
}
