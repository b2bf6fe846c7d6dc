package dev.sandbar.device.query;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/** A sealed answer, and a key to seal to. */
class SealFuzz {
  private static final AnswerSeal ASKER = AnswerSeal.generate();

  @FuzzTest
  void seal(byte[] bytes) throws GeneralSecurityException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    try {
      byte[] opened = ASKER.open(text, "uid");
      require(false, "opened, and nobody sealed it: " + opened.length);
    } catch (GeneralSecurityException e) {
      // As it must be.
    }
    try {
      String sealed = AnswerSeal.seal(bytes, text, "uid");
      require(!sealed.isEmpty(), "sealed to a key");
    } catch (GeneralSecurityException e) {
      // Hardly anything is a key.
    }
  }
}
