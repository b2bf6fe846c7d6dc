package dev.sandbar.source.age;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SealedTextTest {

  private static final String SECRET = "correct horse battery staple";

  /** Written by age-keygen 1.1.1. */
  private static final String KEY =
      """
      # created: 2026-11-29T02:13:47Z
      # public key: age1dr0ensuhgux0ha5p0tf9u6cq544c9xkn9udgz9xqht4878v7gq3sfx5eha
      AGE-SECRET-KEY-15XKAG5PX5JLGVR043TDXC3WNMXXSRYER52358V5X4MFCQFR4LVQSAAPSM0
      """;

  /** Written by age 1.1.1, for that key and another one. */
  private static final String SEALED =
      """
      -----BEGIN AGE ENCRYPTED FILE-----
      YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB5cDB5QjZNczZlVDdsMFNB
      aHhVbzB4NDNlUlVCTTNDK3JQNEhXTlhvZ0hnCjdZWW5wTTBrT0wza3Qrb1ErNEln
      MnhGL21rekVWNHo0SHNpT0NaWVBoc2sKLT4gWDI1NTE5IHRLbmRQeUI0eElzQk50
      a1pFRTBzazdIU3pLbzg3ZCtYZlROME1GNVdmVlEKazhjU1BsUlhzWHM1WTF5d0gw
      OTFXMkhNYkRLeWQxUVR5aTJmT3ZSNm1FYwotLS0gVWxteWRFNDB6TW0xNU8yNUlQ
      YVVCSkFIMzZkV0V0S3M4ZlJxcWtkTHRnawoEdncUNPdapO1FHv9KUcjVM3/+pZ78
      nfldHUDxQfKcljV+b7Mhhv+LTFYREKOn
      -----END AGE ENCRYPTED FILE-----
      """;

  private static AgeKey key() throws AgeException {
    return AgeKey.read(KEY.getBytes(US_ASCII));
  }

  private static String opened(String sealed, AgeKey key) throws AgeException {
    return new String(SealedText.open(sealed, key), US_ASCII);
  }

  @Test
  void opensWhatAgeHasSealed() throws AgeException {
    assertThat(key().recipient().text()).startsWith("age1dr0ensuhgux0").hasSize(62);
    assertThat(opened(SEALED, key())).isEqualTo("from age 1.1.1");
    assertThat(opened("\n " + SEALED.replace("\n", "\r\n").strip(), key()))
        .isEqualTo("from age 1.1.1");
  }

  @Test
  void eachDeviceOpensWhatIsSealedToSeveral() throws AgeException {
    try (AgeKey one = AgeKey.generate();
        AgeKey other = AgeKey.read(AgeKey.generate().file());
        AgeKey stranger = AgeKey.generate()) {
      String sealed =
          SealedText.seal(
              SECRET.getBytes(US_ASCII),
              List.of(one.recipient(), other.recipient(), one.recipient()));
      assertThat(opened(sealed, one)).isEqualTo(SECRET);
      assertThat(opened(sealed, other)).isEqualTo(SECRET);
      assertThatThrownBy(() -> SealedText.open(sealed, stranger))
          .isInstanceOf(AgeException.class)
          .hasMessage(
              "it is not sealed to this device, whose recipient is " + stranger.recipient());
      assertThat(SealedText.seal(SECRET.getBytes(US_ASCII), List.of(one.recipient())))
          .as("another one each time")
          .isNotEqualTo(SealedText.seal(SECRET.getBytes(US_ASCII), List.of(one.recipient())));
    }
  }

  /** Also the device of an older release opens it: to age it is one stanza that it ignores. */
  @Test
  void aMarkIsReadWithoutTheKeyAndChangesNothingForWhoOpensIt() throws AgeException {
    var mark = new SealMark(Sha256.of("of the operator"));
    try (AgeKey key = AgeKey.generate()) {
      for (int size : List.of(0, 1, 28, 5_000, SpecBounds.MOST_SECRET_BYTES)) {
        String secret = "x".repeat(size);
        String sealed = SealedText.seal(secret.getBytes(US_ASCII), key.recipient(), mark);
        assertThat(SealMark.of(sealed)).contains(mark);
        assertThat(mark.isOf(sealed)).isTrue();
        assertThat(new SealMark(Sha256.of("another")).isOf(sealed)).isFalse();
        assertThat(opened(sealed, key)).isEqualTo(secret);
      }
    }
    assertThat(SealMark.of(SEALED)).isEmpty();
    assertThat(SealMark.of(AppSecret.UNREAD)).isEmpty();
    assertThat(SealMark.of("")).isEmpty();
  }

  @Test
  void nothingOfADamagedOneComesOut() throws AgeException {
    try (AgeKey key = AgeKey.generate()) {
      String sealed =
          SealedText.seal(SECRET.repeat(3).getBytes(US_ASCII), List.of(key.recipient()));
      var got = new ArrayList<String>();
      for (int at = 0; at < sealed.length(); at++) {
        char other = sealed.charAt(at) == 'A' ? 'B' : 'A';
        for (String damaged :
            List.of(
                sealed.substring(0, at) + other + sealed.substring(at + 1),
                sealed.substring(0, at),
                sealed.substring(0, at) + "\n-----END AGE ENCRYPTED FILE-----\n",
                sealed.substring(0, at) + sealed.substring(Math.min(at + 64, sealed.length())))) {
          refused(damaged, key, got);
        }
      }
      // All that can be left out is the newline at the end.
      assertThat(got).isSubsetOf(SECRET.repeat(3));
    }
  }

  private static void refused(String damaged, AgeKey key, List<String> got) {
    try {
      got.add(opened(damaged, key));
    } catch (AgeException e) {
      assertThat(e.getMessage() + e.help())
          .doesNotContain("horse")
          .matches("(?s)(the sealed text was cut or changed|it is not sealed to this device).*");
    }
  }

  @Test
  void thoseOfAPassphraseAreNotForDevices() throws AgeException {
    String header = "age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 18\n";
    String armored =
        "-----BEGIN AGE ENCRYPTED FILE-----\n%s\n-----END AGE ENCRYPTED FILE-----\n"
            .formatted(
                java.util.Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(
                        (header + "ZtBCmYc4Px7HYG+X+wWzI44bN7a0wAbqEUqQmHeHDfI\n--- x\n")
                            .getBytes(US_ASCII)));
    assertThatThrownBy(() -> SealedText.open(armored, key())).isInstanceOf(AgeException.class);
  }

  @Test
  void sizesAreBounded() throws AgeException {
    try (AgeKey key = AgeKey.generate()) {
      var one = List.of(key.recipient());
      byte[] largest = new byte[SpecBounds.MOST_SECRET_BYTES];
      String sealed = SealedText.seal(largest, one);
      assertThat(SealedText.open(sealed, key)).isEqualTo(largest);
      assertThat(sealed.length()).isLessThan(SpecBounds.MOST_SEALED);
      assertThatThrownBy(() -> SealedText.seal(new byte[largest.length + 1], one))
          .hasMessage("a secret has at most 32768 bytes");
      var many = new ArrayList<AgeRecipient>();
      for (int i = 0; i < 120; i++) {
        many.add(AgeKey.generate().recipient());
      }
      assertThatThrownBy(() -> SealedText.seal(largest, many))
          .hasMessageContaining("sealed to 120 recipients");
      assertThat(SealedText.seal(new byte[32], many)).hasSizeLessThan(20_000);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "age1yubikey1q2w|'age1yubikey1q2w' is not a recipient that a device can have",
        "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq|is not a recipient",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5|is not a recipient",
        "AGE1DR0ENSUHGUX0HA5P0TF9U6CQ544C9XKN9UDGZ9XQHT4878V7GQ3SFX5EHA|is not a recipient",
        "AGE-SECRET-KEY-15XKAG5PX5JLGVR043TDXC3WNMXXSRYER52358V5X4MFCQFR4LVQSAAPSM0|this is a secret key",
      })
  void otherRecipientsAreRefused(String text, String message) {
    assertThatThrownBy(() -> AgeRecipient.of(text))
        .isInstanceOf(AgeException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("15XKAG5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "AGE-SECRET-KEY-15XKAG5PX5JLGVR043TDXC3WNMXXSRYER52358V5X4MFCQFR4LVQSAAPSM0\n",
        "# public key: age1dr0ensuhgux0ha5p0tf9u6cq544c9xkn9udgz9xqht4878v7gq3sfx5eha\n",
        "# public key: age1dr0ensuhgux0ha5p0tf9u6cq544c9xkn9udgz9xqht4878v7gq3sfx5eha\nAGE-SECRET-KEY-15XK\n",
        "# public key: age1\nAGE-SECRET-KEY-15XKAG5PX5JLGVR043TDXC3WNMXXSRYER52358V5X4MFCQFR4LVQSAAPSM0\n",
      })
  void otherFilesAreNoKeys(String text) {
    assertThatThrownBy(() -> AgeKey.read(text.getBytes(US_ASCII)))
        .isInstanceOf(AgeException.class)
        .message()
        .doesNotContain("15XK");
  }
}
