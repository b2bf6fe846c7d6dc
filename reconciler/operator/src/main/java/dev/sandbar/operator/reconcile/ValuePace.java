package dev.sandbar.operator.reconcile;

import java.time.Duration;

/**
 * How soon changes of values that apps name reach them.
 *
 * @param apart so often at most an app takes changes of its values over: each is a new version, and
 *     restarts it on every device
 * @param secrets so often each Secret that is named is asked for, unless there are very many
 */
public record ValuePace(Duration apart, Duration secrets) {

  /** What operators have. */
  public static final ValuePace STANDARD =
      new ValuePace(Duration.ofSeconds(5), Duration.ofSeconds(15));
}
