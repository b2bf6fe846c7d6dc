package dev.sandbar.operator.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.AgeRecipient;
import dev.sandbar.source.age.SealMark;
import dev.sandbar.source.age.SealedText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretValueTest {
  private static final byte[] KEY = "key of the operator, 32 bytes...".getBytes(UTF_8);
  private static final byte[] OTHER = "key of somebody else, 32 bytes..".getBytes(UTF_8);

  private final AgeKey device = AgeKey.generate();
  private final AgeRecipient to = device.recipient();

  private static SecretValue value(String text, String place, byte[] key) {
    return new SecretValue(text.getBytes(UTF_8), place, key);
  }

  @Test
  void itIsSealedAnewOnlyIfValueOrRecipientDiffer() throws AgeException {
    String sealed = value("1234", "a/b/c", KEY).sealed(to, "");
    assertThat(new String(SealedText.open(sealed, device), UTF_8)).isEqualTo("1234");
    assertThat(value("1234", "a/b/c", KEY).sealed(to, sealed)).isEqualTo(sealed);
    assertThat(value("1235", "a/b/c", KEY).sealed(to, sealed)).isNotEqualTo(sealed);
    assertThat(value("1234", "a/b/c", OTHER).sealed(to, sealed)).isNotEqualTo(sealed);
    AgeRecipient stranger = AgeKey.generate().recipient();
    assertThat(value("1234", "a/b/c", KEY).sealed(stranger, sealed)).isNotEqualTo(sealed);
    String byHand = SealedText.seal("1234".getBytes(UTF_8), List.of(to));
    assertThat(value("1234", "a/b/c", KEY).sealed(to, byHand)).isNotEqualTo(byHand);
    for (String damaged : List.of("", "hunter2", sealed.substring(0, 300))) {
      assertThat(value("1234", "a/b/c", KEY).sealed(to, damaged)).isNotEqualTo(damaged);
    }
  }

  /** Whoever reads a bundle knows the place, the recipient and the mark, and tries all values. */
  @Test
  void aShortValueCannotBeFoundByItsMark() throws AgeException {
    String sealed = value("0042", "a/b/c", KEY).sealed(to, "");
    SealMark mark = SealMark.of(sealed).orElseThrow();
    for (int pin = 0; pin < 10_000; pin++) {
      String guess = "%04d".formatted(pin);
      assertThat(mark)
          .isNotEqualTo(new SealMark(Sha256.of(guess)))
          .isNotEqualTo(new SealMark(Sha256.of("a/b/c" + guess)))
          .isNotEqualTo(new SealMark(Sha256.of(guess + to.text())))
          .isNotEqualTo(value(guess, "a/b/c", new byte[32]).mark(to))
          .isNotEqualTo(value(guess, "a/b/c", OTHER).mark(to));
    }
    assertThat(mark).isEqualTo(value("0042", "a/b/c", KEY).mark(to));
  }

  @Test
  void equalValuesOfTwoPlacesLookDifferent() {
    var marks = new ArrayList<SealMark>();
    for (String place : List.of("a/b/c", "a/b/d", "a/x/c", "x/b/c")) {
      marks.add(value("1234", place, KEY).mark(to));
      marks.add(value("1234", place, KEY).mark(AgeKey.generate().recipient()));
    }
    assertThat(new HashSet<>(marks)).hasSameSizeAs(marks);
  }

  @Test
  void itIsComparedByItsValueAndShowsNothingOfIt() {
    SecretValue value = value("hunter2", "a/b/c", KEY);
    assertThat(value)
        .isEqualTo(value("hunter2", "a/b/c", KEY))
        .hasSameHashCodeAs(value("hunter2", "a/b/c", KEY));
    assertThat(value).isNotEqualTo(value("hunter3", "a/b/c", KEY));
    assertThat(value.toString()).isEqualTo("a value of a Secret");
  }
}
