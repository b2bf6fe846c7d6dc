package dev.sandbar.operator.reconcile;

import dev.sandbar.core.report.Backoff;
import io.javaoperatorsdk.operator.processing.retry.Retry;
import io.javaoperatorsdk.operator.processing.retry.RetryExecution;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Retries of the SDK after what a reconcile throws: without end, as {@link Backoff} says. */
final class BackoffRetry implements Retry {
  /** From a conflict, which passes at once, to a server that is away for long. */
  static final Backoff POLICY = new Backoff(Duration.ofMillis(200), 3, Duration.ofSeconds(30));

  @Override
  public RetryExecution initExecution() {
    return new Attempts();
  }

  private static final class Attempts implements RetryExecution {
    private int failures;

    @Override
    public Optional<Long> nextDelay() {
      failures++;
      return Optional.of(POLICY.after(failures, ThreadLocalRandom.current()::nextLong).toMillis());
    }

    @Override
    public int getAttemptCount() {
      return failures;
    }

    @Override
    public boolean isLastAttempt() {
      return false;
    }
  }
}
