package dev.sandbar.device.query;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.bundle.QueryContract;
import java.nio.charset.StandardCharsets;

/** An answer as whoever asked reads it. */
class AnswerFuzz {
  @FuzzTest
  void answer(byte[] bytes) {
    Answer.read(bytes)
        .ifPresent(answer -> require(answer.text().length() <= bytes.length, "it has grown"));
    Answer printed = Answer.ofText(false, new String(bytes, StandardCharsets.UTF_8));
    byte[] encoded = printed.encoded();
    require(encoded.length <= QueryContract.MAX_PLAIN, "it is too long");
    Answer again = Answer.read(encoded).orElseThrow();
    require(printed.text().endsWith(again.text()), "it is another text");
    require(again.cut() || again.text().equals(printed.text()), "it was cut in silence");
  }
}
