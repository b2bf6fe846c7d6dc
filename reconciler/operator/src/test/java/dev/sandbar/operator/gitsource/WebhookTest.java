package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.HandClock;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes, and attacks on where they arrive. */
class WebhookTest {
  private static final String KEY = "a key that nobody guesses";
  private static final int BURST = 20;
  private static final String PUSH = "{\"ref\":\"refs/heads/main\"}";

  @TempDir Path temp;
  private World world;
  private GitSources sources;
  private Hooks server;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
    world.repository.write("one.yaml", app("one")).commit();
    world.secret("hook", Map.of("token", KEY + "\n"));
    sources = world.operator();
    serve(Clock.systemUTC());
    world.source("fleet", "webhookSecretRef: {name: hook}");
    world.source("closed", "path: docs");
    world.awaitReady("fleet");
    world.awaitCondition("closed", "Ready", "False GitOperationFailed");
  }

  private void serve(Clock clock) throws Exception {
    server =
        Hooks.start(
            world.operatorClient(),
            clock,
            world.registry,
            List.of(world.namespace),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.lead(sources);
  }

  /** Begins anew at an instant that does not pass: no limit recovers. */
  private void serveInNoTime() throws Exception {
    server.close();
    serve(Clock.fixed(Instant.now(), ZoneOffset.UTC));
    await()
        .atMost(Duration.ofMinutes(4))
        .until(() -> push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode() == 202);
  }

  @AfterEach
  void end() {
    server.close();
    http.close();
    world.close();
  }

  @Test
  void aSignedPushIsLookedAtAtOnce() throws Exception {
    world.repository.write("two.yaml", app("two")).commit();
    assertThat(push("fleet", "X-Hub-Signature-256", signature(KEY, PUSH), PUSH).statusCode())
        .isEqualTo(202);
    World.until(() -> world.apps().contains("two"));
    world.repository.write("three.yaml", app("three")).commit();
    // Any body is as good: it is not looked into.
    String malformed = "{\"ref\": [[[[ \u0000 \uffff";
    assertThat(push("fleet", "X-Signature", signature(KEY, malformed), malformed).statusCode())
        .isEqualTo(202);
    World.until(() -> world.apps().contains("three"));
  }

  @Test
  void anUnsignedRequestCostsTheApiServerNothing() throws Exception {
    world.requests.clear();
    assertThat(push("fleet", "X-Other", "x", PUSH).statusCode()).isEqualTo(401);
    assertThat(push("fleet", "X-Signature", "sha256=zz", PUSH).statusCode()).isEqualTo(401);
    assertThat(world.requests).noneMatch(it -> it.contains("/secrets/hook"));
    assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
        .isEqualTo(202);
    assertThat(world.requests).anyMatch(it -> it.contains("/secrets/hook"));
  }

  @Test
  void whoeverCannotSignLearnsNothing() throws Exception {
    HttpResponse<String> wrong =
        push("fleet", "X-Hub-Signature-256", signature("another", PUSH), PUSH);
    HttpResponse<String> unknown =
        push("unknown", "X-Hub-Signature-256", signature(KEY, PUSH), PUSH);
    HttpResponse<String> closed = push("closed", "X-Hub-Signature-256", signature(KEY, PUSH), PUSH);
    HttpResponse<String> unsigned = push("fleet", "X-Other", "x", PUSH);
    HttpResponse<String> emptyKey =
        push("closed", "X-Hub-Signature-256", signature("no key", PUSH), PUSH);
    for (var answer : new HttpResponse<?>[] {wrong, unknown, closed, unsigned, emptyKey}) {
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).isEqualTo(wrong.body());
    }
    for (String malformed :
        new String[] {
          "sha256=",
          "sha256=zz",
          "sha1=" + "0".repeat(40),
          "sha256=" + "0".repeat(65),
          "=",
          "\u00e9"
        }) {
      assertThat(push("fleet", "X-Hub-Signature-256", malformed, PUSH).statusCode()).isEqualTo(401);
    }
    for (String path :
        new String[] {"/hook/", "/hook/a", "/hook/../fleet", "/hook/a/b/c", "/hook/%00/fleet"}) {
      assertThat(raw("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
          .startsWith("HTTP/1.1 401 ");
    }
    assertThat(send(request("fleet").GET()).statusCode()).isEqualTo(405);
    assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
        .isEqualTo(202);
  }

  /** Serves by a clock of its own, and the key of the source has been read. */
  private HandClock servedByHand() throws Exception {
    var clock = new HandClock();
    server.close();
    serve(clock);
    await()
        .atMost(Duration.ofMinutes(4))
        .until(() -> push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode() == 202);
    return clock;
  }

  /** Half a minute of requests, with signatures that are well made and wrong. */
  @Test
  void aForgedSignatureReadsNoKeyAgain() throws Exception {
    HandClock clock = servedByHand();
    world.requests.clear();
    for (int i = 0; i < 5; i++) {
      clock.pass(Duration.ofSeconds(5));
      for (int n = 0; n < 5; n++) {
        assertThat(unsigned("fleet")).isEqualTo(401);
      }
    }
    assertThat(world.requests).noneMatch(it -> it.contains("/secrets/hook"));
  }

  @Test
  void aRotatedKeyCounts() throws Exception {
    HandClock clock = servedByHand();
    world.secret("hook", Map.of("token", "the next key"));
    clock.pass(WebhookKeys.KEPT);
    assertThat(push("fleet", "X-Signature", signature("the next key", PUSH), PUSH).statusCode())
        .isEqualTo(202);
    assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
        .isEqualTo(401);
  }

  @Test
  void aHugeBodyIsNotReadAndASlowOneIsNotWaitedFor() throws Exception {
    String huge = "x".repeat(1024 * 1024 + 1);
    assertThat(raw(head(huge.length()) + huge)).startsWith("HTTP/1.1 413 ");
    long began = System.nanoTime();
    assertThat(raw(head(100) + "never more than this")).as("closed without an answer").isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("ten seconds are given")
        .isBetween(Duration.ofSeconds(9), Duration.ofSeconds(18));
    assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
        .isEqualTo(202);
  }

  @Test
  void bodiesThatNeverEndShutOutNobodyElse() throws Exception {
    List<Socket> unfinished = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        var socket = new Socket();
        socket.bind(new InetSocketAddress("127.0.0.2", 0));
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        socket.setSoTimeout(5_000);
        socket.getOutputStream().write((head(1000) + "begun").getBytes(UTF_8));
        unfinished.add(socket);
        if (i == 15) {
          assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
              .isEqualTo(202);
        }
      }
      assertThat(unfinished.getLast().getInputStream().read())
          .as("beyond the share of its peer: closed at once")
          .isEqualTo(-1);
      assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
          .isEqualTo(202);
    } finally {
      for (Socket socket : unfinished) {
        socket.close();
      }
    }
  }

  @Test
  void aFloodIsTurnedAwayAndReachesNeitherGitNorTheApiServer() throws Exception {
    int git = world.git.requests.size();
    world.requests.clear();
    String wrong = signature("wrong", PUSH);
    var answers =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(
                i ->
                    http.sendAsync(
                        request("fleet")
                            .header("X-Signature", wrong)
                            .POST(BodyPublishers.ofString(PUSH))
                            .build(),
                        BodyHandlers.ofString()))
            .toList();
    int turnedAway = 0;
    for (var answer : answers) {
      turnedAway += isTurnedAway(answer) ? 1 : 0;
    }
    assertThat(turnedAway).isGreaterThan(10);
    assertThat(world.git.requests).hasSize(git);
    assertThat(world.requests).hasSizeLessThan(10);
  }

  /** By an answer, or by the end of a connection that was kept open for the next request. */
  private static boolean isTurnedAway(CompletableFuture<HttpResponse<String>> answer) {
    try {
      int status = answer.join().statusCode();
      assertThat(status).isIn(401, 429, 503);
      return status != 401;
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(IOException.class);
      return true;
    }
  }

  @Test
  void whatIsNotSignedHasOneLimitThatTellsNothingAndTakesNothing() throws Exception {
    for (String tried : List.of("unknown", "fleet", "closed")) {
      serveInNoTime();
      for (int i = 0; i < BURST; i++) {
        assertThat(unsigned(tried)).as("%s, request %d", tried, i).isEqualTo(401);
      }
      for (String source : List.of("unknown", "fleet", "closed")) {
        assertThat(unsigned(source)).as("%s after %s", source, tried).isEqualTo(429);
      }
      assertThat(push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
          .as("a real push after a flood at " + tried)
          .isEqualTo(202);
    }
  }

  @Test
  void signedPushesOfASourceHaveALimitOfTheirOwn() throws Exception {
    world.source("second", "webhookSecretRef: {name: hook}");
    world.awaitCondition("second", "Ready", "False OwnedByOthers");
    serveInNoTime();
    int last = 202;
    for (int i = 0; i < BURST; i++) {
      last = push("fleet", "X-Signature", signature(KEY, PUSH), PUSH).statusCode();
    }
    assertThat(last).as("one more than its burst").isEqualTo(429);
    assertThat(push("second", "X-Signature", signature(KEY, PUSH), PUSH).statusCode())
        .isEqualTo(202);
    assertThat(unsigned("fleet")).isEqualTo(401);
  }

  private int unsigned(String source) throws Exception {
    return push(source, "X-Signature", signature("wrong", PUSH), PUSH).statusCode();
  }

  private String head(int length) {
    return "POST /hook/%s/fleet HTTP/1.1\r\nHost: x\r\nX-Signature: sha256=%s\r\nContent-Length: %d\r\n\r\n"
        .formatted(world.namespace, "0".repeat(64), length);
  }

  /** Sends these bytes and returns the beginning of what comes back; nothing if it is closed. */
  private String raw(String request) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes(200), UTF_8);
    }
  }

  private HttpResponse<String> push(String source, String header, String value, String body)
      throws Exception {
    return send(request(source).header(header, value).POST(BodyPublishers.ofString(body)));
  }

  private HttpRequest.Builder request(String source) {
    return HttpRequest.newBuilder(
            URI.create(
                "http://localhost:%d/hook/%s/%s".formatted(server.port(), world.namespace, source)))
        .timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static String signature(String key, String body) {
    return Push.signature(key, body);
  }
}
