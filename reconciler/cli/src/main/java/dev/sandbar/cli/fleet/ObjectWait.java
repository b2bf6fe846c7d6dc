package dev.sandbar.cli.fleet;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Asks again until there is an answer: one object, by name, at most three times a second. */
final class ObjectWait {
  private static final Duration FIRST = Duration.ofMillis(300);
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private ObjectWait() {}

  /** The answer; empty if there is none in time. */
  static <T> Optional<T> answer(Duration limit, Supplier<Optional<T>> question) {
    long end = System.nanoTime() + limit.toNanos();
    Duration pause = FIRST;
    while (true) {
      Optional<T> answer = question.get();
      long left = end - System.nanoTime();
      if (answer.isPresent() || left <= 0) {
        return answer;
      }
      try {
        Thread.sleep(Duration.ofNanos(Math.min(left, pause.toNanos())));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
      pause = pause.multipliedBy(3).dividedBy(2);
      pause = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    }
  }
}
