package dev.sandbar.operator;

import java.time.Duration;
import org.awaitility.pollinterval.IterativePollInterval;
import org.awaitility.pollinterval.PollInterval;

/**
 * Asks soon at first and then more rarely: every question is a request that an API server answers
 * on the same processors that the operator waits for.
 */
public final class GrowingPolls {

  private static final Duration FIRST = Duration.ofMillis(20);
  private static final Duration LONGEST = Duration.ofMillis(200);

  /** From 20 ms between two questions to 200 ms, by a half at a time. */
  public static final PollInterval INTERVAL =
      IterativePollInterval.iterative(GrowingPolls::next, FIRST);

  private GrowingPolls() {}

  private static Duration next(Duration before) {
    Duration longer = before.multipliedBy(3).dividedBy(2);
    return longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
  }
}
