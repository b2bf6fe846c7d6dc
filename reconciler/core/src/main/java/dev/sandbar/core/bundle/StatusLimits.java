package dev.sandbar.core.bundle;

import dev.sandbar.core.report.Condition;

/** How much the status of a Device holds, whoever wrote it. */
public final class StatusLimits {
  /** The most conditions. */
  public static final int MAX_CONDITIONS = 16;

  /** The longest message, in characters. */
  public static final int MAX_MESSAGE = Condition.MAX_MESSAGE;

  /** The longest word for programs, in characters. */
  public static final int MAX_WORD = Condition.MAX_REASON;

  /** The longest time, in characters. */
  public static final int MAX_TIME = 64;

  /** The most apps that are named with what keeps them from running. */
  public static final int MAX_REFUSALS = 100;

  /** The most apps that are counted. */
  public static final int MAX_COUNT = 1_000_000;

  /** The longest name of an object, in characters. */
  public static final int MAX_NAME = 253;

  private StatusLimits() {}
}
