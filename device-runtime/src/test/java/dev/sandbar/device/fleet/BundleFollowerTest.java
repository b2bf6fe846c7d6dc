package dev.sandbar.device.fleet;

import static dev.sandbar.device.testing.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleFollowerTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path root;
  private ScriptedServer server;
  private FleetApi api;
  private final List<BundleCopy> copies = new CopyOnWriteArrayList<>();
  private final List<String> restored = new CopyOnWriteArrayList<>();
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private final List<String> queries = new CopyOnWriteArrayList<>();
  private final AtomicInteger missing = new AtomicInteger();
  private final AtomicInteger faults = new AtomicInteger();
  private final List<BundleFollower> followers = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    server = ScriptedServer.start();
    api = server.api();
  }

  @AfterEach
  void end() {
    followers.forEach(BundleFollower::close);
    server.close();
  }

  private BundleFollower follow() {
    return follow(Duration.ZERO);
  }

  private BundleFollower follow(Duration grace) {
    return follow(grace, LinkUse.USUAL);
  }

  private BundleFollower follow(Duration grace, LinkUse use) {
    return follow(grace, use, new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(50)));
  }

  private BundleFollower follow(Duration grace, LinkUse use, Backoff backoff) {
    var timing = new BundleFollower.Timing(backoff, grace);
    var follower =
        new BundleFollower(
            api,
            server.address(),
            new StateStore(root),
            timing,
            use,
            bound -> 0,
            new FollowerListener() {
              @Override
              public void bundle(BundleCopy copy) {
                if (faults.getAndDecrement() > 0) {
                  throw new IllegalStateException("a fault");
                }
                copies.add(copy);
              }

              @Override
              public void asked(String problem) {
                problems.add(problem);
              }

              @Override
              public void reported(Node status) {}

              @Override
              public void query(String uid) {
                queries.add(uid);
              }

              @Override
              public void missing() {
                missing.incrementAndGet();
              }

              @Override
              public void restored(long before, long now) {
                restored.add(before + " to " + now);
              }
            });
    followers.add(follower);
    follower.start();
    return follower;
  }

  private static String object(String uid, long generation, String... apps) {
    Bundle bundle =
        Bundle.of(
            Arrays.stream(apps)
                .map(
                    app ->
                        new BundleEntry(
                            new AppName(app),
                            Node.mapping(List.of(Node.entry("run", Node.text(app)))),
                            1,
                            "",
                            ""))
                .toList());
    return "{\"metadata\":{\"name\":\"pump-1\",\"uid\":\"%s\",\"generation\":%d,\"resourceVersion\":\"%d\"},\"spec\":%s}"
        .formatted(uid, generation, 100 + generation, JsonWriter.compact(bundle.toNode()));
  }

  private static String list(String... objects) {
    return "{\"metadata\":{\"resourceVersion\":\"100\"},\"items\":["
        + String.join(",", objects)
        + "]}";
  }

  private static String event(String type, String object) {
    return "{\"type\":\"%s\",\"object\":%s}".formatted(type, object);
  }

  private List<String> apps() {
    return copies.isEmpty()
        ? List.of()
        : copies.getLast().reading().bundle().entries().keySet().stream()
            .map(AppName::value)
            .toList();
  }

  private String path(int index) {
    return server.seen().get(index).path();
  }

  @Test
  void readsOnceThenWatchesOneObjectFromThere() {
    server
        .then(200, list(object("u", 1, "pump")))
        .thenLines(LONG, event("MODIFIED", object("u", 2, "pump", "valve")));
    follow();
    eventually("the change", () -> apps().equals(List.of("pump", "valve")));
    assertThat(path(0))
        .isEqualTo(
            "/apis/sandbar.dev/v1alpha1/namespaces/plant/devicebundles"
                + "?fieldSelector=metadata.name%3Dpump-1");
    assertThat(path(1))
        .contains(
            "watch=true", "allowWatchBookmarks=true", "resourceVersion=100", "timeoutSeconds=300")
        .contains("fieldSelector=metadata.name%3Dpump-1");
    assertThat(server.seen()).hasSize(2);
  }

  @Test
  void aWatchThatIsOpenIsNoProofThatTheDeviceIsAccepted() throws Exception {
    var looked = new CountDownLatch(1);
    server
        .then(200, list(object("u", 1, "pump")))
        .then(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              exchange
                  .getResponseBody()
                  .write((event("DELETED", object("u", 1)) + "\n").getBytes(UTF_8));
              exchange.getResponseBody().flush();
              looked.await();
              exchange
                  .getResponseBody()
                  .write((event("BOOKMARK", object("u", 1)) + "\n").getBytes(UTF_8));
            })
        .then(403, "{}")
        .then(200, list(object("u", 1, "pump")))
        .thenLines(LONG);
    BundleFollower follower = follow();
    eventually("the end of the bundle", () -> missing.get() == 1 && api.connected());
    follower.doubt();
    assertThat(api.connected()).isFalse();
    assertThat(problems.getLast()).isNotEmpty().doesNotContain("deleted");
    int before = problems.size();
    looked.countDown();
    eventually("the bookmark", () -> problems.size() > before);
    assertThat(problems.get(before)).isNotEmpty();

    // The watch ends, and the bundle is read again.
    eventually("the next watch", () -> server.seen().size() >= 5);
    assertThat(api.connected()).isTrue();
    assertThat(problems.getLast()).isEmpty();
  }

  /** It is metadata alone: the bundle is not taken anew for it. */
  @Test
  void aQueryIsAnnouncedByTheBundleAndChangesNothingElse() {
    String same = object("u", 1, "pump");
    String waits =
        same.replaceFirst(
            "\"generation\"",
            "\"annotations\":{\"a\":1,\"sandbar.dev/query\":\"q1\"},\"generation\"");
    server.then(200, list(same)).thenLines(LONG, event("MODIFIED", waits), event("MODIFIED", same));
    follow(LONG);
    eventually("the query", () -> queries.equals(List.of("", "q1", "")));
    assertThat(copies).hasSize(1);
    assertThat(server.seen()).hasSize(2);
  }

  @Test
  void aClosedWatchGoesOnFromTheLastBookmark() {
    server
        .then(200, list(object("u", 1, "pump")))
        .thenLines(event("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"777\"}}"))
        .thenLines(LONG, event("MODIFIED", object("u", 2, "valve")));
    follow();
    eventually("the change", () -> apps().equals(List.of("valve")));
    assertThat(path(2)).contains("resourceVersion=777");
  }

  /** Whoever requests it waits for no pause, and is answered once the server has answered. */
  @Test
  void aRequestEndsThePauseAndIsAnsweredOnceTheServerHas() {
    var held = new CountDownLatch(1);
    byte[] now = list(object("u", 1, "pump")).getBytes(UTF_8);
    server
        .then(503, "")
        .then(
            exchange -> {
              held.await();
              exchange.sendResponseHeaders(200, now.length);
              exchange.getResponseBody().write(now);
            })
        .thenLines(LONG);
    Duration hour = Duration.ofHours(1);
    BundleFollower follower = follow(Duration.ZERO, LinkUse.USUAL, new Backoff(hour, 2, hour));
    eventually("the refusal", () -> !problems.isEmpty());
    var answered = new AtomicInteger();
    follower.ask(answered::incrementAndGet);
    eventually("another request", () -> server.seen().size() == 2);
    assertThat(answered).hasValue(0);
    held.countDown();
    eventually("the answer", () -> answered.get() == 1);
    assertThat(apps()).containsExactly("pump");
    // What is watched is known.
    follower.ask(answered::incrementAndGet);
    assertThat(answered).hasValue(2);
  }

  @Test
  void goneIsReadAgain() {
    server
        .then(200, list(object("u", 1, "pump")))
        .thenLines(event("ERROR", "{\"code\":410,\"message\":\"too old resource version\"}"))
        .then(200, list(object("u", 5, "valve")))
        .thenLines(LONG);
    follow();
    eventually("the new list", () -> apps().equals(List.of("valve")));
    assertThat(path(2)).doesNotContain("watch");
  }

  @Test
  void goneAsAnAnswerIsReadAgainToo() {
    server
        .then(200, list(object("u", 1, "pump")))
        .then(410, "{\"message\":\"expired\"}")
        .then(200, list(object("u", 5, "valve")))
        .thenLines(LONG);
    follow();
    eventually("the new list", () -> apps().equals(List.of("valve")));
  }

  @Test
  void whatGoesWrongLeavesTheBundleAndIsTriedAgain() {
    server
        .then(500, "no json")
        .then(429, "{\"message\":\"busy\"}", "Retry-After", "1")
        .then(200, "garbage")
        .then(200, "{\"items\":7}")
        .then(
            200,
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[%s]}"
                .formatted("x".repeat(5_000_000)))
        .then(403, "{\"message\":\"not yours\"}")
        .then(exchange -> exchange.close())
        .then(200, list(object("u", 1, "pump")))
        .thenLines("garbage")
        .then(200, list(object("u", 2, "valve")))
        .thenLines(LONG);
    long begun = System.nanoTime();
    follow();
    eventually("the last list", () -> apps().equals(List.of("valve")));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(String.join("\n", problems))
        .contains("HTTP 429: busy", "HTTP 403: not yours", "no list");
  }

  /** Thrown on, it would end the thread, and no later bundle would ever be read. */
  @Test
  void aFaultOfOneBundleLeavesTheNextToCome() {
    faults.set(1);
    server
        .then(200, list(object("u", 1, "pump")))
        .then(200, list(object("u", 2, "valve")))
        .thenLines(LONG);
    follow();
    eventually("the next bundle", () -> apps().equals(List.of("valve")));
    assertThat(String.join("\n", problems)).contains("IllegalStateException");
  }

  @Test
  void anOldGenerationThatPassesIsNeverTakenOver() {
    server
        .then(200, list(object("u", 7, "pump", "valve")))
        .thenLines(event("MODIFIED", object("u", 6, "pump")))
        .then(200, list(object("u", 6, "pump")))
        .then(200, list(object("u", 6, "pump")))
        .then(200, list(object("u", 7, "pump", "valve")))
        .thenLines(event("MODIFIED", object("u", 6, "pump")))
        .then(200, list(object("u", 6, "pump")))
        .then(200, list(object("u", 8, "motor")))
        .thenLines(LONG);
    follow(Duration.ofSeconds(20));
    eventually("the newer one", () -> apps().equals(List.of("motor")));
    assertThat(copies).noneMatch(copy -> copy.generation() == 6);
    assertThat(restored).isEmpty();
    assertThat(problems).anyMatch(problem -> problem.contains("older generation"));
  }

  @Test
  void anOldGenerationThatStaysIsARestoredStoreAndHolds() {
    Duration grace = Duration.ofMillis(400);
    server
        .then(200, list(object("u", 7, "pump", "valve")))
        .thenLines(event("MODIFIED", object("u", 5, "pump")));
    for (int i = 0; i < 100; i++) {
      server.then(200, list(object("u", 5, "pump")));
    }
    long began = System.nanoTime();
    follow(grace);
    eventually("it is believed", () -> restored.equals(List.of("7 to 5")));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(grace);
    eventually("its apps hold", () -> apps().equals(List.of("pump")));
    BundleCopy first =
        copies.stream().filter(copy -> copy.generation() == 5).findFirst().orElseThrow();
    assertThat(first.complete()).as("valve is not removed at once").isFalse();
    eventually("it has settled", () -> copies.getLast().complete());
  }

  @Test
  void aDeletedBundleStays() {
    server
        .then(200, list(object("u", 1, "pump")))
        .thenLines(event("DELETED", object("u", 1, "pump")))
        .thenLines(LONG);
    BundleFollower follower = follow();
    eventually("it was told", () -> problems.toString().contains("deleted"));
    assertThat(missing).hasValue(1);
    assertThat(follower.copy().map(copy -> copy.reading().digest()))
        .contains(copies.getFirst().reading().digest());
  }

  @Test
  void noBundleIsReportedAsSuch() {
    server.then(200, list()).thenLines(LONG, event("ADDED", object("u", 1, "pump")));
    follow();
    eventually("the bundle", () -> apps().equals(List.of("pump")));
    assertThat(missing).hasValue(1);
  }

  @Test
  void aBundleMadeAgainRemovesNothingUntilItHasStoodForAWhile() {
    server
        .then(200, list(object("u", 4, "pump", "valve")))
        .thenLines(event("ADDED", object("v", 1)))
        .thenLines(LONG);
    follow(Duration.ofMillis(700));
    eventually("it is there", () -> copies.stream().anyMatch(c -> c.uid().equals("v")));
    BundleCopy early = copies.getLast();
    assertThat(early.reading().complete()).isTrue();
    assertThat(early.complete()).isFalse();
    eventually("it has settled", () -> copies.getLast().complete());
    assertThat(copies.getLast().uid()).isEqualTo("v");
  }

  @Test
  void aMadeAgainBundleThatIsFilledInTimeNeverRemovesAnything() {
    server
        .then(200, list(object("v", 1)))
        .thenLines(LONG, event("MODIFIED", object("v", 2, "pump", "valve")));
    follow(Duration.ofMillis(500));
    eventually("it has settled", () -> !copies.isEmpty() && copies.getLast().complete());
    assertThat(copies.stream().filter(BundleCopy::complete))
        .allMatch(copy -> copy.reading().bundle().entries().size() == 2);
  }

  @Test
  void theLastBundleIsThereBeforeTheServerAnswers() {
    server.then(200, list(object("u", 3, "pump"))).thenLines(LONG);
    follow();
    eventually("it is settled", () -> !copies.isEmpty() && copies.getLast().complete());
    followers.getFirst().close();
    copies.clear();
    BundleFollower next = follow();
    assertThat(next.copy()).isPresent();
    BundleCopy kept = next.copy().get();
    assertThat(kept.generation()).isEqualTo(3);
    assertThat(kept.complete()).as("nothing is removed before the server was asked").isFalse();
    server.then(200, list(object("u", 3, "pump"))).thenLines(LONG);
    eventually("the same from the server", () -> !copies.isEmpty());
    assertThat(copies.getLast().complete()).isTrue();
  }

  @Test
  void ownReportsThatComeBackAreNoNews() {
    String same =
        object("u", 1, "pump")
            .replace(
                ",\"spec\":{\"digest\"", ",\"status\":{\"digest\":\"x\"},\"spec\":{\"digest\"");
    server
        .then(200, list(object("u", 1, "pump")))
        .thenLines(
            LONG,
            event("MODIFIED", same),
            event("MODIFIED", same),
            event("MODIFIED", object("u", 2, "valve")));
    follow();
    eventually("the change", () -> apps().equals(List.of("valve")));
    assertThat(copies.stream().map(BundleCopy::generation).distinct()).containsExactly(1L, 2L);
    assertThat(copies.stream().filter(c -> c.generation() == 1).count()).isLessThanOrEqualTo(2);
  }

  @Test
  void onAMeteredLinkABundleThatIsTheSameIsNotSentAgain() {
    String gone =
        "{\"type\":\"ERROR\",\"object\":{\"code\":410,\"message\":\"too old resource version\"}}";
    String meta =
        "{\"metadata\":{\"resourceVersion\":\"%s\"},\"items\":[{\"metadata\":{\"name\":\"pump-1\",\"resourceVersion\":\"%s\"}}]}";
    var accepted = new CopyOnWriteArrayList<String>();
    server
        .then(200, list(object("u", 1, "pump")))
        .thenLines(gone)
        .then(
            exchange -> {
              accepted.add(exchange.getRequestHeaders().getFirst("Accept"));
              byte[] same = meta.formatted("500", "101").getBytes(UTF_8);
              exchange.sendResponseHeaders(200, same.length);
              exchange.getResponseBody().write(same);
            })
        .thenLines(gone)
        .then(200, meta.formatted("600", "102"))
        .then(200, list(object("u", 2, "pump", "valve")))
        .thenLines(LONG);
    follow(Duration.ZERO, LinkUse.METERED);
    eventually("the second bundle", () -> copies.size() >= 2 && server.seen().size() == 7);
    assertThat(accepted)
        .containsExactly("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    assertThat(server.seen().stream().map(ScriptedServer.Seen::path))
        .filteredOn(path -> path.contains("watch=true"))
        .allMatch(path -> !path.contains("Bookmarks") && path.contains("timeoutSeconds=3600"))
        .satisfiesExactly(
            path -> assertThat(path).endsWith("=100"),
            path -> assertThat(path).as("where the list was").endsWith("=500"),
            path -> assertThat(path).endsWith("=100"));
    assertThat(copies.getLast().generation()).isEqualTo(2);
  }
}
