package dev.sandbar.device.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.bundle.QueryContract;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that is opened is the one that was sealed, for this key and this query. */
class AnswerSealTest {
  private static final byte[] PLAIN = "pressure 4.1 bar".getBytes(StandardCharsets.UTF_8);
  private static final String UID = "0b6b2c7a-4d1f-4f0e-9d0e-2a5d5a2b7c11";

  private final AnswerSeal asker = AnswerSeal.generate();

  private String sealed() throws GeneralSecurityException {
    return AnswerSeal.seal(PLAIN, asker.publicKey(), UID);
  }

  @Test
  void whoAskedOpensIt() throws GeneralSecurityException {
    assertThat(asker.publicKey()).matches("^MCowBQYDK2VuAyEA[A-Za-z0-9+/]{43}=$");
    assertThat(asker.open(sealed(), UID)).isEqualTo(PLAIN);
    assertThat(asker.open(AnswerSeal.seal(new byte[0], asker.publicKey(), UID), UID)).isEmpty();
  }

  @Test
  void theSameAnswerIsNeverSealedTheSame() throws GeneralSecurityException {
    assertThat(sealed()).isNotEqualTo(sealed());
  }

  @Test
  void theLargestFitsTheSchema() throws GeneralSecurityException {
    byte[] largest = new byte[QueryContract.MAX_PLAIN];
    String sealed = AnswerSeal.seal(largest, asker.publicKey(), UID);
    assertThat(sealed).hasSizeLessThanOrEqualTo(QueryContract.MAX_SEALED);
    assertThat(asker.open(sealed, UID)).isEqualTo(largest);
  }

  @Test
  void nobodyElseOpensItAndItFitsNoOtherQuery() throws GeneralSecurityException {
    String sealed = sealed();
    assertThatThrownBy(() -> AnswerSeal.generate().open(sealed, UID))
        .isInstanceOf(GeneralSecurityException.class);
    assertThatThrownBy(() -> asker.open(sealed, UID.replace('0', '1')))
        .isInstanceOf(GeneralSecurityException.class);
    assertThatThrownBy(() -> asker.open(sealed, "")).isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void aFlippedBitAnywhereIsFound() throws GeneralSecurityException {
    byte[] whole = Base64.getDecoder().decode(sealed());
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      // Of the last byte of a key the highest bit counts for nothing (RFC 7748), but it is salt.
      changed[i] ^= (byte) (i == 31 ? 0x80 : 1);
      String text = Base64.getEncoder().encodeToString(changed);
      assertThatThrownBy(() -> asker.open(text, UID))
          .as("byte " + i)
          .isInstanceOf(GeneralSecurityException.class);
    }
  }

  @Test
  void aCutOneIsFound() throws GeneralSecurityException {
    byte[] whole = Base64.getDecoder().decode(sealed());
    for (int length = 0; length < whole.length; length++) {
      String text = Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> asker.open(text, UID))
          .as("length " + length)
          .isInstanceOf(GeneralSecurityException.class);
    }
    String long1 = "A".repeat(QueryContract.MAX_SEALED + 4);
    assertThatThrownBy(() -> asker.open(long1, UID)).hasMessageContaining("too long");
    assertThatThrownBy(() -> asker.open("?", UID)).hasMessageContaining("base64");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "AAAA",
        "?",
        // An Ed25519 key.
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        // Points of small order: everybody knows the secret.
        "MCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "MCowBQYDK2VuAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
      })
  void nothingIsSealedToWhatIsNoKey(String key) {
    assertThatThrownBy(() -> AnswerSeal.seal(PLAIN, key, UID))
        .isInstanceOf(GeneralSecurityException.class);
  }
}
