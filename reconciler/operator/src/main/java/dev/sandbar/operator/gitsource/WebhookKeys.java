package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keys of pushes, kept for a few seconds: a flood of requests is no flood at the API server. */
final class WebhookKeys {
  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final int MOST = 1000;

  private final SourceSecrets secrets;
  private final Clock clock;
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();

  private static final class Kept {
    final byte[] key;
    final Instant since;

    Kept(byte[] key, Instant since) {
      this.key = key;
      this.since = since;
    }
  }

  WebhookKeys(SourceSecrets secrets, Clock clock) {
    this.secrets = secrets;
    this.clock = clock;
  }

  byte[] get(String namespace, String secret) throws UnusableSecretException {
    String name = namespace + "/" + secret;
    Instant now = clock.instant();
    Kept known = kept.get(name);
    if (known != null && now.isBefore(known.since.plus(KEPT))) {
      return known.key;
    }
    byte[] key = secrets.webhookKey(namespace, secret);
    if (kept.size() >= MOST) {
      kept.clear();
    }
    kept.put(name, new Kept(key, now));
    return key;
  }
}
