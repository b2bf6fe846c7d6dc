package dev.sandbar.source.text;

/**
 * How much of a file is read. The bytes are counted before any parser sees them: the time a YAML
 * scanner needs for one long scalar grows with the square of its length.
 *
 * @param maxBytes bytes of one file
 * @param maxDepth maps and lists inside each other
 * @param maxValues values of one file
 */
public record TextLimits(int maxBytes, int maxDepth, int maxValues) {

  /** 256 KiB, 64 levels, 50 000 values. */
  public static final TextLimits DEFAULT = new TextLimits(256 * 1024, 64, 50_000);

  public TextLimits {
    if (maxBytes < 1 || maxDepth < 1 || maxValues < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
