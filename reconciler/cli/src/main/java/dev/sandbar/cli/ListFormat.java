package dev.sandbar.cli;

/** How a list is printed. */
enum ListFormat {
  /** For people; may change. */
  TABLE(Format.TABLE),
  /** The same with more columns, one line a row. */
  WIDE(Format.TABLE),
  /** Names only, one a line: for scripts. */
  NAME(Format.TABLE),
  /** For machines: stable. */
  JSON(Format.JSON),
  /** The same as YAML. */
  YAML(Format.YAML);

  private final Format format;

  ListFormat(Format format) {
    this.format = format;
  }

  /** How a single document would be printed. */
  Format format() {
    return format;
  }
}
