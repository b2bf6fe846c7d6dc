package dev.sandbar.source.age;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.model.AppSecret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A sealed secret as it comes from a spec, a recipient as it is typed, and the key of a device. */
class SealedTextFuzz {
  private static final AgeKey KEY = AgeKey.generate();

  @FuzzTest
  void seal(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    isRefused(text);
    // Past the armor, which hardly any mutation survives.
    isRefused(
        "%s\n%s\n%s\n"
            .formatted(
                AppSecret.BEGIN,
                Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes),
                AppSecret.END));
    try {
      AgeRecipient known = AgeRecipient.of(text);
      require(known.text().equals(text), "another recipient");
    } catch (AgeException e) {
      // As nearly all are.
    }
    try (AgeKey key = AgeKey.read(bytes)) {
      require(key.recipient().text().startsWith("age1"), "a key without recipient");
    } catch (AgeException e) {
      // As nearly all are.
    }
  }

  private static void isRefused(String sealed) {
    try {
      byte[] opened = SealedText.open(sealed, KEY);
      require(false, "opened, and nobody sealed it: " + opened.length);
    } catch (AgeException e) {
      require(!e.help().isEmpty(), "no help");
    }
  }
}
