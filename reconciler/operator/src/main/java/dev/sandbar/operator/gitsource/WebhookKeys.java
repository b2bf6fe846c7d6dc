package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keys of pushes, kept for a few seconds, found or not: a flood of requests is no flood at the API
 * server.
 */
final class WebhookKeys {
  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final int MOST = 1000;

  private final SourceSecrets secrets;
  private final Clock clock;
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  /** One Secret; whoever comes while it is being read waits for the same answer. */
  private final class Slot {
    private Answer answer = new Answer.None();

    synchronized byte[] get(String namespace, String secret) throws UnusableSecretException {
      Instant now = clock.instant();
      if (!answer.holds(now)) {
        answer = ask(namespace, secret, now);
      }
      return switch (answer) {
        case Answer.Key(var key, _) -> key;
        case Answer.Failed(var why, _) -> throw why;
        case Answer.None() -> throw new IllegalStateException("asked and not answered");
      };
    }

    private Answer ask(String namespace, String secret, Instant now) {
      try {
        return new Answer.Key(secrets.webhookKey(namespace, secret), now);
      } catch (UnusableSecretException e) {
        return new Answer.Failed(e, now);
      }
    }
  }

  private sealed interface Answer {
    Instant since();

    default boolean holds(Instant now) {
      return now.isBefore(since().plus(KEPT));
    }

    record None() implements Answer {
      @Override
      public Instant since() {
        return Instant.MIN;
      }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Key(byte[] key, Instant since) implements Answer {}

    record Failed(UnusableSecretException why, Instant since) implements Answer {}
  }

  WebhookKeys(SourceSecrets secrets, Clock clock) {
    this.secrets = secrets;
    this.clock = clock;
  }

  byte[] get(String namespace, String secret) throws UnusableSecretException {
    if (slots.size() >= MOST) {
      slots.clear();
    }
    return slots.computeIfAbsent(namespace + "/" + secret, _ -> new Slot()).get(namespace, secret);
  }
}
