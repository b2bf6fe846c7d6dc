package dev.sandbar.device.fleet;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.device.query.Answer;
import dev.sandbar.device.query.AnswerSeal;
import dev.sandbar.device.query.Question;
import dev.sandbar.device.query.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueryAnswererTest {
  private static final String QUERY =
      "/apis/sandbar.dev/v1alpha1/namespaces/plant/devicequeries/pump-1";
  private static final Pattern SEALED =
      Pattern.compile(
          "\\{\"metadata\":\\{\"resourceVersion\":\"v-u1\"},\"status\":\\{\"answer\":\"([A-Za-z0-9+/=]+)\"}}");

  private final AnswerSeal asker = AnswerSeal.generate();
  private final List<Question> asked = new CopyOnWriteArrayList<>();
  private ScriptedServer server;

  @BeforeEach
  void serve() throws IOException {
    server = ScriptedServer.start();
  }

  @AfterEach
  void end() {
    server.close();
  }

  private QueryAnswerer answerer() {
    return new QueryAnswerer(
        server.api(),
        server.address(),
        question -> {
          asked.add(question);
          return new Reply.Answered(Answer.ofText(false, "pressure 4.1\n"));
        },
        Duration.ofMillis(10));
  }

  private String query(String uid, String what, String status) {
    return "{\"metadata\":{\"uid\":\"%1$s\",\"resourceVersion\":\"v-%1$s\"},\"spec\":{%2$s,\"publicKey\":\"%3$s\"}%4$s}"
        .formatted(uid, what, asker.publicKey(), status);
  }

  private String body(int index) {
    eventually("request " + index, () -> server.seen().size() > index);
    return server.seen().get(index).body();
  }

  @Test
  void anAnnouncedQueryIsAnsweredOnceForItsAsker() throws Exception {
    server.then(200, query("u1", "\"logs\":{\"app\":\"pump\",\"lines\":5}", "")).then(200, "{}");
    try (var answerer = answerer()) {
      answerer.announced("");
      answerer.announced("a line\nof a log");
      answerer.announced("u1");
      Matcher sealed = SEALED.matcher(body(1));
      assertThat(sealed.matches()).as(body(1)).isTrue();
      assertThat(server.seen().get(0).path()).isEqualTo(QUERY);
      assertThat(server.seen().get(1).path()).isEqualTo(QUERY + "/status");
      assertThat(server.seen().get(1).method()).isEqualTo("PATCH");
      byte[] plain = asker.open(sealed.group(1), "u1");
      assertThat(new String(plain, StandardCharsets.UTF_8)).contains("pressure 4.1");
      assertThat(asked.toString()).contains("pump", "lines=5");
      answerer.announced("u1");
      Thread.sleep(100);
      assertThat(server.seen()).hasSize(2);
    }
  }

  @Test
  void whatIsGoneOrAnotherOrAnsweredIsLeftAlone() {
    server
        .then(404, "{}")
        .then(200, query("other", "\"events\":{}", ""))
        .then(200, query("u3", "\"events\":{}", ",\"status\":{\"answer\":\"AAAA\"}"))
        .then(200, query("u4", "\"events\":{}", ""))
        .then(200, "{}");
    try (var answerer = answerer()) {
      for (int i = 1; i <= 4; i++) {
        answerer.announced("u" + i);
        String what = "query " + i;
        int seen = i;
        eventually(what, () -> server.seen().size() >= seen);
      }
      assertThat(body(4)).contains("\"resourceVersion\":\"v-u4\"");
      assertThat(asked).containsExactly(new Question.Events(""));
    }
  }

  @Test
  void whatCannotBeReadOrSealedIsRefused() {
    List<String> wrong =
        List.of(
            "\"logs\":{\"app\":\"../etc\",\"lines\":5}",
            "\"logs\":{\"app\":\"pump\",\"lines\":2001}",
            "\"logs\":{\"app\":\"pump\",\"lines\":0}",
            "\"logs\":{\"app\":\"pump\",\"lines\":5,\"since\":\"-1\"}",
            "\"logs\":{\"app\":\"pump\",\"lines\":5},\"events\":{}",
            "\"facts\":{}",
            "\"events\":{\"app\":\"--all\"}");
    wrong.forEach(
        what -> server.then(200, query("u" + Math.abs(what.hashCode()), what, "")).then(200, "{}"));
    server.then(200, query("last", "\"events\":{}", "").replace("MCow", "MCox")).then(200, "{}");
    try (var answerer = answerer()) {
      int at = 1;
      for (String what : wrong) {
        answerer.announced("u" + Math.abs(what.hashCode()));
        assertThat(body(at)).as(what).contains("\"refused\":{\"reason\":\"Invalid\"");
        at += 2;
      }
      assertThat(asked).isEmpty();
      answerer.announced("last");
      assertThat(body(at)).contains("nothing can be sealed to the key of the query");
    }
  }

  @Test
  void aReasonIsSentAsItIs() {
    server.then(200, query("u1", "\"events\":{}", "")).then(200, "{}");
    try (var answerer =
        new QueryAnswerer(
            server.api(),
            server.address(),
            _ -> new Reply.Refused(QueryContract.Refusal.DENIED, "no\nlogs"))) {
      answerer.announced("u1");
      assertThat(body(1))
          .isEqualTo(
              "{\"metadata\":{\"resourceVersion\":\"v-u1\"},\"status\":{\"refused\":{\"reason\":\"Denied\","
                  + "\"message\":\"no logs\"}}}");
    }
  }

  @Test
  void anAnswerThatFailsEndsNothing() {
    server
        .then(200, query("u1", "\"events\":{}", ""))
        .then(409, "{}")
        .then(200, query("u1", "\"events\":{}", ""))
        .then(409, "{}")
        .then(200, query("other", "\"events\":{}", ""))
        .then(200, query("u2", "\"logs\":{\"app\":\"pump\",\"lines\":1}", ""))
        .then(200, query("u3", "\"events\":{}", ""))
        .then(200, "{}");
    try (var answerer =
        new QueryAnswerer(
            server.api(),
            server.address(),
            question -> {
              if (question instanceof Question.Logs) {
                throw new IllegalStateException("a fault of ours");
              }
              return new Reply.Answered(Answer.ofText(false, "x"));
            },
            Duration.ofMillis(10))) {
      answerer.announced("u1");
      assertThat(body(1)).contains("u1");
      assertThat(body(3)).as("sent again as it was").isEqualTo(body(1));
      assertThat(body(4)).isEmpty();
      answerer.announced("u2");
      assertThat(body(5)).isEmpty();
      answerer.announced("u3");
      assertThat(body(7)).contains("u3");
    }
  }
}
