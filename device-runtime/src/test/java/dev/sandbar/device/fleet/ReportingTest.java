package dev.sandbar.device.fleet;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportingTest {
  private static final Backoff QUICK = new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(50));
  private final List<Node> stored = new CopyOnWriteArrayList<>();
  private ScriptedServer server;

  @BeforeEach
  void serve() throws IOException {
    server = ScriptedServer.start();
  }

  @AfterEach
  void end() {
    server.close();
  }

  private static Node json(String text) {
    return JsonReader.read("test", text.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
  }

  private StatusSender sender() {
    return StatusSender.ofBundle(server.api(), server.address(), QUICK, bound -> 0, stored::add);
  }

  @Test
  void onlyWhatChangedIsWritten() throws InterruptedException {
    server
        .then(200, "{\"status\":{\"apps\":{\"gone\":{\"generation\":1}},\"digest\":\"d\"}}")
        .then(200, "{}")
        .then(200, "{}");
    try (var sender = sender()) {
      assertThat(
              sender.awaitWritten(
                  json(
                      "{\"digest\":\"d\",\"reportedAt\":\"t1\",\"apps\":{\"pump\":{\"generation\":1}}}"),
                  Duration.ofSeconds(5)))
          .isTrue();
      assertThat(server.seen().get(1).method()).isEqualTo("PATCH");
      assertThat(server.seen().get(1).path())
          .isEqualTo("/apis/sandbar.dev/v1alpha1/namespaces/plant/devicebundles/pump-1/status");
      assertThat(server.seen().get(1).body())
          .isEqualTo(
              "{\"status\":{\"reportedAt\":\"t1\",\"apps\":{\"gone\":null,\"pump\":{\"generation\":1}}}}");
      // Another time alone is nothing new.
      sender.offer(
          json("{\"digest\":\"d\",\"reportedAt\":\"t2\",\"apps\":{\"pump\":{\"generation\":1}}}"));
      assertThat(
              sender.awaitWritten(
                  json(
                      "{\"digest\":\"e\",\"reportedAt\":\"t3\",\"apps\":{\"pump\":{\"generation\":1}}}"),
                  Duration.ofSeconds(5)))
          .isTrue();
      assertThat(json(server.seen().get(2).body()))
          .isEqualTo(json("{\"status\":{\"digest\":\"e\",\"reportedAt\":\"t3\"}}"));
      assertThat(server.seen()).hasSize(3);
    }
  }

  @Test
  void manyChangesAreOneWrite() throws InterruptedException {
    server.then(200, "{}").then(200, "{}").then(200, "{}");
    try (var sender = sender()) {
      assertThat(sender.awaitWritten(json("{\"digest\":\"0\"}"), Duration.ofSeconds(5))).isTrue();
      for (int i = 1; i < 100; i++) {
        sender.offer(json("{\"digest\":\"" + i + "\"}"));
      }
      assertThat(sender.awaitWritten(json("{\"digest\":\"100\"}"), Duration.ofSeconds(5))).isTrue();
      assertThat(server.seen()).hasSize(3);
    }
  }

  @Test
  void aFailedWriteLeadsToTheLatestStateAndNoQueue() throws InterruptedException {
    server
        .then(404, "{\"message\":\"no bundle\"}")
        .then(200, "{}")
        .then(429, "{}", "Retry-After", "1")
        .then(exchange -> exchange.close())
        .then(200, "{\"status\":{\"digest\":\"old\"}}")
        .then(200, "{}");
    try (var sender = sender()) {
      sender.offer(json("{\"digest\":\"1\"}"));
      assertThat(sender.awaitWritten(json("{\"digest\":\"2\"}"), Duration.ofSeconds(8))).isTrue();
      assertThat(server.seen().getLast().body()).isEqualTo("{\"status\":{\"digest\":\"2\"}}");
    }
  }

  /** An API server whose schema is older drops what it does not know. */
  @Test
  void whatAServerDropsIsSentAgainWithTheNextChangeAndNotBefore() throws InterruptedException {
    server
        .then(200, "{\"status\":{}}")
        .then(200, "{\"status\":{\"digest\":\"1\"}}")
        .then(200, "{\"status\":{\"digest\":\"2\",\"systemCalls\":\"t\"}}")
        .then(200, "{\"status\":{\"digest\":\"3\",\"systemCalls\":\"t\"}}");
    try (var sender = sender()) {
      Node first = json("{\"digest\":\"1\",\"systemCalls\":\"t\"}");
      assertThat(sender.awaitWritten(first, Duration.ofSeconds(5))).isTrue();
      sender.offer(first);
      sender.hurry();
      assertThat(sender.seen(json("{\"digest\":\"1\"}"))).as("as it was left").isTrue();
      Node second = json("{\"digest\":\"2\",\"systemCalls\":\"t\"}");
      assertThat(sender.awaitWritten(second, Duration.ofSeconds(5))).isTrue();
      Node third = json("{\"digest\":\"3\",\"systemCalls\":\"t\"}");
      assertThat(sender.awaitWritten(third, Duration.ofSeconds(5))).isTrue();
      assertThat(server.seen().stream().map(ScriptedServer.Seen::body))
          .containsExactly(
              "",
              "{\"status\":{\"digest\":\"1\",\"systemCalls\":\"t\"}}",
              "{\"status\":{\"digest\":\"2\",\"systemCalls\":\"t\"}}",
              "{\"status\":{\"digest\":\"3\"}}");
      assertThat(stored.stream().map(JsonWriter::compact))
          .containsExactly(
              "{}",
              "{\"digest\":\"1\"}",
              "{\"digest\":\"2\",\"systemCalls\":\"t\"}",
              "{\"digest\":\"3\",\"systemCalls\":\"t\"}");
    }
  }

  /** Written just before the Device went, they would be missing from the next one for ever. */
  @Test
  void factsAreWrittenAgainWhereTheDeviceWasMadeAgainUnseen() throws InterruptedException {
    String facts = "{\"status\":{\"facts\":{\"systemd\":257}}}";
    server.then(200, "{}").then(200, facts).then(200, facts).then(200, "{}").then(200, facts);
    try (var sender = StatusSender.ofFacts(server.api(), server.address(), QUICK, bound -> 0)) {
      assertThat(sender.awaitWritten(json("{\"systemd\":257}"), Duration.ofSeconds(5))).isTrue();
      sender.unsure(true);
      eventually("written again", () -> server.seen().size() == 5);
      sender.unsure(false);
    }
    assertThat(server.seen().stream().map(ScriptedServer.Seen::method))
        .containsExactly("GET", "PATCH", "GET", "GET", "PATCH");
    assertThat(server.seen().getLast().body()).isEqualTo(facts);
  }

  @Test
  void factsAreWrittenInTheirOwnPlace() throws InterruptedException {
    server
        .then(200, "{\"status\":{\"lastSeen\":\"x\",\"facts\":{\"volumes\":{\"old\":\"/a\"}}}}")
        .then(200, "{}");
    try (var sender = StatusSender.ofFacts(server.api(), server.address(), QUICK, bound -> 0)) {
      assertThat(sender.awaitWritten(json("{\"volumes\":{}}"), Duration.ofSeconds(5))).isTrue();
      assertThat(json(server.seen().getLast().body()))
          .isEqualTo(json("{\"status\":{\"facts\":{\"volumes\":{\"old\":null}}}}"));
      assertThat(server.seen().getLast().path()).endsWith("/devices/pump-1/status");
    }
  }

  private LeaseRenewal heartbeat(Clock clock, LinkUse use) {
    return LeaseRenewal.start(server.api(), server.address(), clock, QUICK, use, b -> 0, () -> {});
  }

  @Test
  void theHeartbeatFollowsTheLeaseThatTheAnswerCarries() {
    server
        .then(404, "{\"message\":\"no lease yet\"}")
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":3}}")
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":3600}}");
    var clock = Clock.fixed(Instant.parse("2026-03-01T10:00:00.000001Z"), ZoneOffset.UTC);
    try (var _ = heartbeat(clock, LinkUse.USUAL)) {
      eventually("three tries", () -> server.seen().size() == 3);
      assertThat(server.seen().get(1).body())
          .isEqualTo(
              "{\"spec\":{\"renewTime\":\"2026-03-01T10:00:00.000001Z\",\"holderIdentity\":\"pump-1\"}}");
      assertThat(server.seen().get(1).path())
          .isEqualTo("/apis/coordination.k8s.io/v1/namespaces/plant/leases/pump-1");
    }
  }

  @Test
  void aClockThatJumpsADayNeitherStopsNorHurriesTheHeartbeat() {
    for (int i = 0; i < 20; i++) {
      server.then(200, "{\"spec\":{\"leaseDurationSeconds\":3}}");
    }
    var calls = new AtomicInteger();
    var clock =
        new Clock() {
          @Override
          public Instant instant() {
            // A day forth and back with every look.
            return Instant.EPOCH.plus(Duration.ofDays(calls.incrementAndGet() % 2));
          }

          @Override
          public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }
        };
    long begun = System.nanoTime();
    try (var _ = heartbeat(clock, LinkUse.USUAL)) {
      eventually("four beats", () -> server.seen().size() == 4);
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(8));
    }
  }

  @Test
  void aMeteredLinkAsksForItsLeaseAndSeesWhetherTheOperatorLetsItStand() {
    server
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":6}}")
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":3}}")
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":3}}");
    var use = new LinkUse(6, Duration.ofMillis(500), Duration.ofHours(1), false);
    try (var _ = heartbeat(Clock.systemUTC(), use)) {
      eventually("three beats", () -> server.seen().size() == 3);
      assertThat(server.seen().stream().map(it -> it.body().contains("leaseDurationSeconds\":6")))
          .as("asked once, then follows the operator, which takes it back")
          .containsExactly(true, false, false);
    }
  }

  @Test
  void aLinkThatIsNotMeteredAnyMoreGivesTheLongLeaseBack() {
    server
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":5400}}")
        .then(200, "{\"spec\":{\"leaseDurationSeconds\":900}}");
    try (var _ = heartbeat(Clock.systemUTC(), LinkUse.USUAL)) {
      eventually("two beats", () -> server.seen().size() == 2);
      assertThat(server.seen().getLast().body()).contains("\"leaseDurationSeconds\":900");
    }
  }
}
