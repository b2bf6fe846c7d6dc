package dev.sandbar.device.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that wait for the API server, over restarts of the agent. */
class EventSenderTest {
  private static final Backoff QUICK =
      new Backoff(Duration.ofMillis(100), 2, Duration.ofMillis(200));
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir private Path root;

  private ScriptedServer server;

  @BeforeEach
  void start() throws IOException {
    server = ScriptedServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private EventSender sender() {
    return new EventSender(
        server.api(), server.address(), new StateStore(root), Clock.systemUTC(), QUICK, _ -> 7);
  }

  private static void tell(EventSender events, int number) {
    events.tell(
        EventSender.Type.WARNING, Reason.DRIFT_DETECTED, "event " + number + "\n\ud83d\ude00");
  }

  private List<Node> posted() {
    return server.seen().stream()
        .map(
            seen ->
                JsonReader.read("event", seen.body().getBytes(StandardCharsets.UTF_8))
                    .documents()
                    .getFirst())
        .toList();
  }

  private static String at(Node node, String... path) {
    Node at = node;
    for (String key : path) {
      at = at.fields().getOrDefault(key, Node.mapping(List.of()));
    }
    return at instanceof Node.Scalar(_, _, String text) ? text : "";
  }

  private static String annotation(Node event, String name) {
    return at(event, "metadata", "annotations", "sandbar.dev/" + name);
  }

  private List<Path> files() throws IOException {
    Path folder = root.resolve(StateStore.DIRECTORY.substring(1)).resolve("events");
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private void awaitPosts(int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> server.seen().size() >= count);
  }

  private void awaitKept(int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> files().size() == count);
  }

  @Test
  void theyWaitOnTheDiskAndGoOutInOrderWithTheirOwnTimes() throws Exception {
    server.then(exchange -> exchange.close());
    Instant before = Instant.now();
    try (var events = sender()) {
      for (int i = 0; i < 3; i++) {
        tell(events, i);
      }
      awaitKept(3);
      awaitPosts(1);
    }
    Instant ended = Instant.now();
    for (int i = 0; i < 8; i++) {
      server.then(201, "{}");
    }
    try (var events = sender()) {
      events.owner("device-uid");
      tell(events, 3);
      awaitKept(0);
    }
    List<Node> sent = posted().subList(posted().size() - 4, posted().size());
    for (int i = 0; i < 4; i++) {
      assertThat(at(sent.get(i), "message")).startsWith("event " + i);
      assertThat(annotation(sent.get(i), "sequence")).isEqualTo(Integer.toString(i + 1));
      assertThat(annotation(sent.get(i), "previous"))
          .isEqualTo(i == 0 ? "" : annotation(sent.get(i - 1), "digest"));
    }
    assertThat(Instant.parse(at(sent.getFirst(), "firstTimestamp")))
        .isBetween(before.minusSeconds(1), ended);
  }

  /** What was sent, though its answer was lost, has its name already. */
  @Test
  void eachIsThereOnce() throws Exception {
    server.then(exchange -> exchange.close()).then(409, "{}").then(201, "{}");
    try (var events = sender()) {
      tell(events, 0);
      awaitPosts(2);
      tell(events, 1);
      awaitPosts(3);
      awaitKept(0);
    }
    List<Node> sent = posted();
    assertThat(at(sent.get(0), "metadata", "name")).isEqualTo(at(sent.get(1), "metadata", "name"));
    assertThat(at(sent.get(2), "metadata", "name"))
        .startsWith("pump-1.")
        .isNotEqualTo(at(sent.get(1), "metadata", "name"));
  }

  @Test
  void aServerThatIsBusyIsAskedAgainAndOneThatRefusesIsNot() throws Exception {
    server.then(503, "{}").then(201, "{}").then(422, "{}").then(201, "{}");
    try (var events = sender()) {
      for (int i = 0; i < 3; i++) {
        tell(events, i);
      }
      awaitPosts(4);
      awaitKept(0);
    }
    assertThat(posted().stream().map(event -> at(event, "message").substring(0, 7)))
        .containsExactly("event 0", "event 0", "event 1", "event 2");
  }

  /** It has to read first who may do what. */
  @Test
  void aServerThatHasJustStartedIsAskedAgain() throws Exception {
    server.then(403, "{}").then(401, "{}").then(201, "{}");
    try (var events = sender()) {
      tell(events, 0);
      awaitPosts(3);
      awaitKept(0);
    }
    assertThat(posted().stream().map(event -> at(event, "metadata", "name")).distinct()).hasSize(1);
  }

  @Test
  void aRightThatDoesNotComeHoldsUpTheOthersNoLonger() throws Exception {
    for (int i = 0; i < 10; i++) {
      server.then(403, "{}");
    }
    server.then(201, "{}");
    try (var events = sender()) {
      tell(events, 0);
      tell(events, 1);
      awaitPosts(11);
      awaitKept(0);
    }
    assertThat(posted().stream().map(event -> at(event, "message").substring(0, 7)).distinct())
        .containsExactly("event 0", "event 1");
  }

  @Test
  void ofMoreThanFitTheOldestGive() throws Exception {
    var journal = new EventJournal(new StateStore(root));
    for (int i = 0; i < EventJournal.MOST + 5; i++) {
      journal.add(EventSender.Type.NORMAL, "Ready", "event " + i, NOON);
    }
    assertThat(files()).hasSize(EventJournal.MOST);
    var again = new EventJournal(new StateStore(root));
    assertThat(again.isDamaged()).isFalse();
    assertThat(again.first().orElseThrow().message()).isEqualTo("event 5");
    again.forget();
    assertThat(files()).isEmpty();
  }

  /** The chain goes on where the last delivered event ended. */
  @Test
  void theChainOutlastsDelivery() {
    var journal = new EventJournal(new StateStore(root));
    journal.add(EventSender.Type.NORMAL, "Ready", "first", NOON);
    String digest = journal.first().orElseThrow().digest();
    journal.delivered();
    var again = new EventJournal(new StateStore(root));
    again.add(EventSender.Type.NORMAL, "Ready", "second", NOON);
    assertThat(again.first().orElseThrow().previous()).isEqualTo(digest);
    assertThat(again.first().orElseThrow().sequence()).isEqualTo(2);
  }

  /** Whoever has the disk can do so; it shows. */
  @Test
  void whatWasChangedOrRemovedOnTheDiskShows() throws Exception {
    var ways =
        Map.<String, Tampering>of(
            "one in between removed",
            files -> Files.delete(files.get(1)),
            "the newest removed",
            files -> Files.delete(files.get(2)),
            "cut",
            files -> Files.writeString(files.get(1), "{}"),
            "one put in the place of another",
            files -> Files.copy(files.get(0), swapped(files.get(1))));
    for (Map.Entry<String, Tampering> way : ways.entrySet()) {
      var journal = new EventJournal(new StateStore(root));
      journal.forget();
      journal = new EventJournal(new StateStore(root));
      for (int i = 0; i < 3; i++) {
        journal.add(EventSender.Type.NORMAL, "Ready", "event " + i, NOON);
      }
      assertThat(new EventJournal(new StateStore(root)).isDamaged()).as(way.getKey()).isFalse();
      way.getValue().tamper(new ArrayList<>(files()));
      var after = new EventJournal(new StateStore(root));
      assertThat(after.isDamaged()).as(way.getKey()).isTrue();
      assertThat(after.first().orElseThrow().message()).isEqualTo("event 0");
      after.forget();
      for (Path file : files()) {
        Files.delete(file);
      }
    }
  }

  private interface Tampering {
    void tamper(List<Path> files) throws IOException;
  }

  private static Path swapped(Path file) throws IOException {
    Files.delete(file);
    return file;
  }

  /** The agent ended between the two files that it writes. */
  @Test
  void aPowerCutWhileOneIsAddedIsNoDamage() throws Exception {
    Path state = root.resolve(StateStore.DIRECTORY.substring(1)).resolve("events-last.json");
    var journal = new EventJournal(new StateStore(root));
    journal.add(EventSender.Type.NORMAL, "Ready", "first", NOON);
    byte[] head = Files.readAllBytes(state);
    journal.add(EventSender.Type.NORMAL, "Ready", "second", NOON);
    Files.write(state, head);
    var after = new EventJournal(new StateStore(root));
    assertThat(after.isDamaged()).isFalse();
    after.add(EventSender.Type.NORMAL, "Ready", "third", NOON);
    var again = new EventJournal(new StateStore(root));
    assertThat(again.isDamaged()).isFalse();
    again.delivered();
    again.delivered();
    assertThat(again.first().orElseThrow().sequence()).isEqualTo(3);
  }
}
