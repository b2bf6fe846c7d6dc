package dev.sandbar.device.query;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/** A question as the device reads it, and an answer as whoever asked does. */
class QueryFuzz {
  private static final AnswerSeal ASKER = AnswerSeal.generate();

  @FuzzTest
  void question(byte[] bytes) {
    for (Node document : JsonReader.read("query", bytes).documents()) {
      Question.read(document)
          .ifPresent(
              question -> {
                switch (question) {
                  case Question.Logs(_, var lines, _) ->
                      require(lines >= 1 && lines <= QueryContract.MAX_LINES, "lines: " + lines);
                  case Question.Events(var app) ->
                      require(app.isEmpty() || AppName.isValid(app), "app: " + app);
                }
              });
    }
  }

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
