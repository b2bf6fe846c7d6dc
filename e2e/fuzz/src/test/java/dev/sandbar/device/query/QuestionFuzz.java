package dev.sandbar.device.query;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;

/** A question as the device reads it. */
class QuestionFuzz {
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
}
