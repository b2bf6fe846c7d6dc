package dev.sandbar.operator.reconcile;

import dev.sandbar.core.report.Backoff;
import io.javaoperatorsdk.operator.processing.retry.Retry;
import io.javaoperatorsdk.operator.processing.retry.RetryExecution;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Retries of the SDK after what a reconcile throws: without end, as {@link Backoff} says. */
record BackoffRetry(Backoff backoff) implements Retry {
  /** From a conflict, which passes at once, to a server that is away for long. */
  static final BackoffRetry STANDARD =
      new BackoffRetry(new Backoff(Duration.ofMillis(200), 3, Duration.ofSeconds(30)));

  @Override
  public RetryExecution initExecution() {
    return new Attempts(backoff);
  }

  private static final class Attempts implements RetryExecution {
    private final Backoff backoff;
    private int failures;

    Attempts(Backoff backoff) {
      this.backoff = backoff;
    }

    @Override
    public Optional<Long> nextDelay() {
      failures++;
      return Optional.of(
          backoff.jittered(failures, ThreadLocalRandom.current()::nextLong).toMillis());
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
