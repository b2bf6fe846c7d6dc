package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keys of pushes. A request is worth nothing until its signature is checked, so what reading keys
 * for requests costs the API server does not grow with them: a key is read at most every {@link
 * #KEPT}, and all keys together at the pace of one budget. Beyond it a request is compared with the
 * key as it was; if that fits, its sender had the key, and the key is read once more.
 */
final class WebhookKeys {
  /** The longest until another key counts. */
  static final Duration KEPT = Duration.ofSeconds(30);

  /** The API server does not answer, which passes. */
  private static final Duration FAILED = Duration.ofSeconds(5);

  static final int BURST = 100;
  private static final double PER_SECOND = 2;
  private static final int MOST = 10_000;

  private final Reader reader;
  private final Clock clock;
  private final RateLimit budget;
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  /** Reads the key of a Secret. */
  @FunctionalInterface
  interface Reader {
    byte[] read(String namespace, String secret) throws UnusableSecretException;
  }

  /** One Secret; whoever comes while it is being read waits for the same answer. */
  private final class Slot {
    private Answer answer = new Answer.None();

    synchronized Optional<byte[]> get(String namespace, String secret, boolean isSigned)
        throws UnusableSecretException {
      Instant now = clock.instant();
      if (!answer.holds(now) && (isSigned || budget.permits("keys"))) {
        answer = ask(namespace, secret, now);
      }
      return switch (answer) {
        case Answer.Key(var key, _) -> Optional.of(key);
        case Answer.Failed(var why, _) -> throw why;
        case Answer.None() -> Optional.empty();
      };
    }

    private Answer ask(String namespace, String secret, Instant now) {
      try {
        return new Answer.Key(reader.read(namespace, secret), now.plus(KEPT));
      } catch (UnusableSecretException e) {
        return new Answer.Failed(e, now.plus(e.isPassing() ? FAILED : KEPT));
      }
    }
  }

  private sealed interface Answer {
    Instant until();

    default boolean holds(Instant now) {
      return now.isBefore(until());
    }

    record None() implements Answer {
      @Override
      public Instant until() {
        return Instant.MIN;
      }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Key(byte[] key, Instant until) implements Answer {}

    record Failed(UnusableSecretException why, Instant until) implements Answer {}
  }

  WebhookKeys(Reader reader, Clock clock) {
    this.reader = reader;
    this.clock = clock;
    this.budget = new RateLimit(clock, BURST, PER_SECOND);
  }

  /** The key for a request that anybody may have sent; empty if it cannot be read now. */
  Optional<byte[]> get(String namespace, String secret) throws UnusableSecretException {
    return slot(namespace, secret).get(namespace, secret, false);
  }

  /** Whether a key that fits a request is the key still. */
  boolean isStill(byte[] key, String namespace, String secret) throws UnusableSecretException {
    return slot(namespace, secret)
        .get(namespace, secret, true)
        .filter(now -> MessageDigest.isEqual(now, key))
        .isPresent();
  }

  private Slot slot(String namespace, String secret) {
    if (slots.size() >= MOST) {
      slots.clear();
    }
    return slots.computeIfAbsent(namespace + "/" + secret, _ -> new Slot());
  }
}
