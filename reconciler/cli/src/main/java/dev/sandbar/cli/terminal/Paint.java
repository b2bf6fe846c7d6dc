package dev.sandbar.cli.terminal;

/**
 * Colour, or none.
 *
 * @param colour whether escape sequences are written
 */
public record Paint(boolean colour) {

  /** When to use colour. */
  public enum When {
    /** On a terminal, unless NO_COLOR is set or TERM is dumb. */
    AUTO,
    ALWAYS,
    NEVER
  }

  /** Never colours. */
  public static final Paint NONE = new Paint(false);

  /**
   * The paint for one stream.
   *
   * @param tty whether the stream is a terminal
   */
  public static Paint of(When when, boolean tty, Terminal terminal) {
    return switch (when) {
      case ALWAYS -> new Paint(true);
      case NEVER -> NONE;
      case AUTO ->
          new Paint(
              tty
                  && terminal.variable("NO_COLOR").isEmpty()
                  && !terminal.variable("TERM").equals("dumb"));
    };
  }

  /** The text in this style. */
  public String apply(Style style, String text) {
    return colour ? style.escape(text) : text;
  }
}
