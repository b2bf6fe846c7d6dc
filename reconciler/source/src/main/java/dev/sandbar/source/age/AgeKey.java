package dev.sandbar.source.age;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;

/** A secret key of age with its recipient. Closed, it has forgotten the key. */
public final class AgeKey implements AutoCloseable {

  private static final byte[] COMMENT = "# public key: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PREFIX = "AGE-SECRET-KEY-1".getBytes(StandardCharsets.US_ASCII);
  private static final String LOST =
      "remove the file to have a new key made; what is sealed to the old one then has to be sealed again";

  private final AgeRecipient recipient;
  private final byte[] key;

  private AgeKey(AgeRecipient recipient, byte[] key) {
    this.recipient = recipient;
    this.key = key;
  }

  /** A new one. */
  public static AgeKey generate() {
    try {
      KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
      return new AgeKey(
          new AgeRecipient(new String(pair.getPublic().getEncoded(), StandardCharsets.US_ASCII)),
          pair.getPrivate().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no X25519", e);
    }
  }

  /**
   * Reads one as {@code age-keygen} writes it: its recipient in a comment, then the key.
   *
   * @param file may be cleared afterwards
   * @throws AgeException if it is none
   */
  public static AgeKey read(byte[] file) throws AgeException {
    byte[] key = line(file, PREFIX);
    byte[] comment = line(file, COMMENT);
    try {
      if (key.length == 0 || comment.length == 0) {
        throw new AgeException("it holds no key of age with its recipient", LOST);
      }
      String recipient =
          new String(
              comment, COMMENT.length, comment.length - COMMENT.length, StandardCharsets.US_ASCII);
      AgeKey read = new AgeKey(AgeRecipient.of(recipient), key.clone());
      try {
        RecipientStanzaReader _ = read.reader();
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new AgeException("its key is damaged", LOST);
      }
      return read;
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The first line with this beginning, without its end; empty if there is none. */
  private static byte[] line(byte[] file, byte[] beginning) {
    int start = 0;
    while (start < file.length) {
      int end = start;
      while (end < file.length && file[end] != '\n' && file[end] != '\r') {
        end++;
      }
      if (end - start >= beginning.length
          && Arrays.equals(file, start, start + beginning.length, beginning, 0, beginning.length)) {
        return Arrays.copyOfRange(file, start, end);
      }
      start = end + 1;
    }
    return new byte[0];
  }

  /** As {@link #read} takes it; to be cleared. */
  public byte[] file() {
    byte[] text = recipient.text().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = ByteBuffer.allocate(COMMENT.length + text.length + key.length + 2);
    file.put(COMMENT).put(text).put((byte) '\n').put(key).put((byte) '\n');
    return file.array();
  }

  /** Who can be sealed to. */
  public AgeRecipient recipient() {
    return recipient;
  }

  RecipientStanzaReader reader() throws GeneralSecurityException {
    CharBuffer text = StandardCharsets.US_ASCII.decode(ByteBuffer.wrap(key));
    try {
      return X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(text);
    } finally {
      Arrays.fill(text.array(), '\0');
    }
  }

  @Override
  public void close() {
    Arrays.fill(key, (byte) 0);
  }

  @Override
  public String toString() {
    return recipient.text();
  }
}
