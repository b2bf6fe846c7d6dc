package dev.sandbar.source.age;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.SafeText;
import java.security.GeneralSecurityException;

/**
 * Who can open a sealed secret: an X25519 public key as age writes it.
 *
 * @param text {@code age1} and 58 more characters
 */
public record AgeRecipient(String text) {

  /** Checks only the form; {@link #of} also the key. */
  public AgeRecipient {
    if (!text.matches(AppSecret.RECIPIENTS)) {
      throw new IllegalArgumentException("no recipient");
    }
  }

  /**
   * The recipient that text names.
   *
   * @throws AgeException if it names none that a device can have
   */
  public static AgeRecipient of(String text) throws AgeException {
    if (text.toUpperCase(java.util.Locale.ROOT).startsWith("AGE-SECRET-KEY-")) {
      // Not shown: it is the key itself, and now stands where others may see it.
      throw new AgeException(
          "this is a secret key, not a recipient",
          "keep it to yourself; its recipient begins with age1: age-keygen -y FILE");
    }
    if (text.length() != AppSecret.RECIPIENT_LENGTH || !text.startsWith("age1")) {
      throw unknown(text);
    }
    try {
      RecipientStanzaWriter _ = writer(text);
      return new AgeRecipient(text);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw unknown(text);
    }
  }

  private static AgeException unknown(String text) {
    return new AgeException(
        SafeText.shown(text) + " is not a recipient that a device can have",
        "write age1 and 58 more characters, as 'sandbar secret recipient' prints them on the"
            + " device; keys of plugins, of SSH and passphrases cannot be used");
  }

  RecipientStanzaWriter writer() throws GeneralSecurityException {
    return writer(text);
  }

  private static RecipientStanzaWriter writer(String text) throws GeneralSecurityException {
    return X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
