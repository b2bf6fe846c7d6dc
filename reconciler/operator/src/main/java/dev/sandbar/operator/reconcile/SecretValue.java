package dev.sandbar.operator.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import dev.sandbar.source.age.SealMark;
import dev.sandbar.source.age.SealedText;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A value of a Secret, in memory for as long as an app names it. It leaves only sealed.
 *
 * <p>Sealing gives another text each time, and another text restarts the app. So each has a mark: a
 * digest of the value and the recipient, by a key that only the operator has. Without the key
 * nobody can try values against it; a plain digest would give a short password away.
 */
final class SecretValue {
  private static final String ALGORITHM = "HmacSHA256";

  private final byte[] value;
  private final byte[] ofValue;

  /**
   * One of these bytes.
   *
   * @param value is not copied
   * @param place namespace, name and key of the value: equal values of two of them look different
   * @param key of the operator
   */
  SecretValue(byte[] value, String place, byte[] key) {
    this.value = value;
    byte[] where = hmac(key, place.getBytes(UTF_8));
    this.ofValue = hmac(where, value);
    Arrays.fill(where, (byte) 0);
  }

  private static byte[] hmac(byte[] key, byte[] bytes) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + ALGORITHM, e);
    }
  }

  /** What a text is known by in which this is sealed to the recipient. */
  SealMark mark(AgeRecipient recipient) {
    byte[] digest = hmac(ofValue, recipient.text().getBytes(UTF_8));
    return new SealMark(new Sha256(HexFormat.of().formatHex(digest)));
  }

  /**
   * This, sealed to a device.
   *
   * @param now what is sealed there now, which is kept if it is this; empty if nothing is
   */
  String sealed(AgeRecipient recipient, String now) throws AgeException {
    SealMark mark = mark(recipient);
    return mark.isOf(now) ? now : SealedText.seal(value, recipient, mark);
  }

  /** About how many bytes of memory it takes. */
  long weight() {
    return 200L + value.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecretValue that && Arrays.equals(ofValue, that.ofValue);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ofValue);
  }

  /** Neither value nor mark, for logs. */
  @Override
  public String toString() {
    return "a value of a Secret";
  }
}
