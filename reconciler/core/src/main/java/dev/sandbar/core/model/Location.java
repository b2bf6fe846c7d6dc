package dev.sandbar.core.model;

/**
 * The location of a value in the input.
 *
 * @param file the path inside its source, as a user would write it; empty when it came from no file
 * @param line 1-based; 0 when unknown
 * @param column 1-based; 0 when unknown
 */
public record Location(String file, int line, int column) {

  /** A value that came from no file, for example a default. */
  public static final Location NOWHERE = new Location("", 0, 0);

  /** {@code file:line:column}, the form that editors and compilers understand. */
  @Override
  public String toString() {
    if (line == 0) {
      return file.isEmpty() ? "-" : file;
    }
    return file + ":" + line + ":" + column;
  }
}
