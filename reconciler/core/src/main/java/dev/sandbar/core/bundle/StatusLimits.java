package dev.sandbar.core.bundle;

/** How much the status of a Device holds, whoever wrote it. */
public final class StatusLimits {
  /** The most conditions. */
  public static final int MAX_CONDITIONS = 16;

  /** The longest message, in characters. */
  public static final int MAX_MESSAGE = 1_024;

  /** The longest word for programs, in characters. */
  public static final int MAX_WORD = 128;

  /** The longest time, in characters. */
  public static final int MAX_TIME = 64;

  /** The most apps that are named with what keeps them from running. */
  public static final int MAX_REFUSALS = 100;

  /** The most apps that are counted. */
  public static final int MAX_COUNT = 1_000_000;

  /** The longest name of an object, in characters. */
  public static final int MAX_NAME = 253;

  private StatusLimits() {}

  /** At most so many characters, and no half of one. */
  public static String cut(String text, int most) {
    return Values.cut(text, most);
  }
}
