package dev.sandbar.operator.gitsource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.operator.HandClock;
import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebhookKeysTest {
  private static final Duration AGES = Duration.ofHours(1);

  private final HandClock clock = new HandClock();
  private final List<String> reads = new ArrayList<>();
  private final WebhookKeys keys = new WebhookKeys(this::read, clock);
  private String key = "first";

  private byte[] read(String namespace, String secret) throws UnusableSecretException {
    reads.add(namespace + "/" + secret);
    if (key.isEmpty()) {
      throw new UnusableSecretException("not now", true);
    }
    return key.getBytes(UTF_8);
  }

  private String get(String secret) throws UnusableSecretException {
    return keys.get("plant", secret).map(it -> new String(it, UTF_8)).orElse("none");
  }

  private boolean isStill(String was) throws UnusableSecretException {
    return keys.isStill(was.getBytes(UTF_8), "plant", "hook");
  }

  @Test
  void aKeyIsReadOnceInAWhile() throws Exception {
    for (int i = 0; i < 300; i++) {
      assertThat(get("hook")).isEqualTo("first");
      assertThat(isStill("first")).isTrue();
      clock.pass(Duration.ofSeconds(1));
    }
    assertThat(reads).hasSize(10);
  }

  @Test
  void anotherKeyCountsAfterThat() throws Exception {
    assertThat(get("hook")).isEqualTo("first");
    key = "second";
    assertThat(get("hook")).isEqualTo("first");
    clock.pass(WebhookKeys.KEPT);
    assertThat(get("hook")).isEqualTo("second");
    assertThat(isStill("first")).isFalse();
  }

  @Test
  void allKeysTogetherAreReadAtThePaceOfOneBudget() throws Exception {
    assertThat(get("hook")).isEqualTo("first");
    clock.pass(AGES);
    for (int i = 0; i < 2 * WebhookKeys.BURST; i++) {
      get("other" + i);
    }
    assertThat(reads).hasSize(1 + WebhookKeys.BURST);

    // Whoever has the key is let in, and costs a read; an old key is not enough.
    assertThat(get("hook")).isEqualTo("first");
    assertThat(reads).hasSize(1 + WebhookKeys.BURST);
    assertThat(isStill("first")).isTrue();
    clock.pass(WebhookKeys.KEPT);
    for (int i = 0; i < 2 * WebhookKeys.BURST; i++) {
      get("another" + i);
    }
    key = "second";
    assertThat(get("hook")).isEqualTo("first");
    assertThat(isStill("first")).isFalse();
    assertThat(get("hook")).isEqualTo("second");
  }

  @Test
  void anApiServerThatDoesNotAnswerIsAskedAgainSooner() throws Exception {
    key = "";
    assertThatThrownBy(() -> get("hook")).isInstanceOf(UnusableSecretException.class);
    assertThatThrownBy(() -> get("hook")).isInstanceOf(UnusableSecretException.class);
    assertThat(reads).hasSize(1);
    key = "first";
    clock.pass(Duration.ofSeconds(5));
    assertThat(get("hook")).isEqualTo("first");
  }
}
