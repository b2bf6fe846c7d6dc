package dev.sandbar.source.age;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.framework.armor.ArmoredDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.armor.ArmoredEncryptingChannelFactory;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.SpecBounds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Secrets as they stand in specs: encrypted by age, in its armored form. */
public final class SealedText {

  private SealedText() {}

  /**
   * Seals a secret for those who hold one of the keys.
   *
   * @param secret stays the caller's, to be cleared
   * @param recipients at least one
   * @throws AgeException if a spec could not hold it
   */
  public static String seal(byte[] secret, Collection<AgeRecipient> recipients)
      throws AgeException {
    return seal(secret, recipients, List.of());
  }

  /**
   * The same with a mark, by which whoever made it knows a sealed text again. It stands in the
   * header for everybody to read, and those who open the text ignore it.
   *
   * @param mark says nothing of the secret to others
   */
  public static String seal(byte[] secret, AgeRecipient recipient, SealMark mark)
      throws AgeException {
    return seal(secret, List.of(recipient), List.of(mark.writer()));
  }

  private static String seal(
      byte[] secret, Collection<AgeRecipient> recipients, List<RecipientStanzaWriter> more)
      throws AgeException {
    if (secret.length > SpecBounds.MOST_SECRET_BYTES) {
      throw tooLarge();
    }
    var unique = new TreeMap<String, AgeRecipient>();
    recipients.forEach(it -> unique.put(it.text(), it));
    var out = new ByteArrayOutputStream();
    try (WritableByteChannel channel =
        new ArmoredEncryptingChannelFactory()
            .newEncryptingChannel(Channels.newChannel(out), writers(unique, more))) {
      var bytes = ByteBuffer.wrap(secret);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new AgeException(
          "it cannot be sealed to these recipients", "take them from the devices again");
    }
    String sealed = out.toString(StandardCharsets.US_ASCII);
    if (sealed.length() > SpecBounds.MOST_SEALED) {
      throw new AgeException(
          "sealed to %d recipients it has %d characters, and a spec takes at most %d"
              .formatted(unique.size(), sealed.length(), SpecBounds.MOST_SEALED),
          "seal it to fewer devices, or seal a key and put what it opens elsewhere");
    }
    return sealed;
  }

  private static List<RecipientStanzaWriter> writers(
      SortedMap<String, AgeRecipient> recipients, List<RecipientStanzaWriter> more)
      throws GeneralSecurityException {
    var writers = new ArrayList<RecipientStanzaWriter>();
    for (AgeRecipient recipient : recipients.values()) {
      writers.add(recipient.writer());
    }
    writers.addAll(more);
    return writers;
  }

  private static AgeException tooLarge() {
    return new AgeException(
        "a secret has at most %d bytes".formatted(SpecBounds.MOST_SECRET_BYTES),
        "seal a key, and put what it opens into the image or a volume");
  }

  /**
   * Opens a sealed secret. What comes out is authenticated to its end: of one that was cut or
   * changed there is nothing.
   *
   * @return the secret, to be cleared
   * @throws AgeException if it cannot be opened with this key, is damaged or too large
   */
  public static byte[] open(String sealed, AgeKey key) throws AgeException {
    if (sealed.length() > SpecBounds.MOST_SEALED || !AppSecret.isSealed(sealed)) {
      throw damaged();
    }
    var room = ByteBuffer.allocate(SpecBounds.MOST_SECRET_BYTES + 1);
    var in =
        new ByteArrayInputStream(sealed.strip().concat("\n").getBytes(StandardCharsets.US_ASCII));
    try (ReadableByteChannel channel =
        new ArmoredDecryptingChannelFactory()
            .newDecryptingChannel(Channels.newChannel(in), List.of(key.reader()))) {
      int read = 0;
      while (read >= 0 && room.hasRemaining()) {
        read = channel.read(room);
      }
      if (!room.hasRemaining()) {
        throw tooLarge();
      }
      return Arrays.copyOf(room.array(), room.position());
    } catch (UnsupportedRecipientStanzaException e) {
      throw new AgeException(
          "it is not sealed to this device, whose recipient is " + key.recipient(),
          "seal it again: sandbar secret seal --recipient " + key.recipient());
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      // The library meets malformed input with exceptions of many kinds, and none is shown: their
      // messages hold parts of the input.
      throw damaged();
    } finally {
      Arrays.fill(room.array(), (byte) 0);
    }
  }

  private static AgeException damaged() {
    return new AgeException(
        "the sealed text was cut or changed", "copy it again as a whole, or seal it again");
  }
}
