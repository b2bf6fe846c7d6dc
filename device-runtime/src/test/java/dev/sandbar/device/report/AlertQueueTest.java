package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.store.Checkpoints;
import dev.sandbar.device.store.StateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertQueueTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;

  private AlertQueue open(boolean latestOnly, int most) throws Exception {
    var limits = new AlertBacklog.Limits(most, 1 << 20);
    return new AlertQueue(store(), "test", new AlertBacklog(latestOnly, limits));
  }

  private AlertQueue history() throws Exception {
    return open(false, 1000);
  }

  private StateStore store() {
    return new StateStore(folder);
  }

  private Path document() {
    return folder.resolve("var/lib/sandbar/state/alerts/test.json");
  }

  private Path events() {
    return folder.resolve("var/lib/sandbar/state/alert-events");
  }

  private Path event(int number) {
    return events().resolve("test-%018d.json".formatted(number));
  }

  private List<String> eventFiles() throws Exception {
    try (var files = Files.list(events())) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private static Firing drift(String subject) {
    return Alerts.firing(subject, "any", NOON);
  }

  private static Resolved end(Firing drift) {
    return new Resolved(drift.cause(), NOON.plusSeconds(60));
  }

  private static List<DriftAlert> waiting(AlertQueue queue) {
    return queue.first(10_000).stream().map(AlertBacklog.Waiting::alert).toList();
  }

  @Test
  void whatWasOfferedIsThereAfterARestartInItsOrder() throws Exception {
    var a = Alerts.firing("A", "tab\there, line\nthere, back\\slash \\t, ünï, \r", NOON);
    var b = drift("B");
    try (var queue = history()) {
      queue.offer(List.of(a, b, end(a)));
      queue.delivered(queue.first(1));
    }
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(b, end(a));
      assertThat(queue.lasting()).isEmpty();
      queue.offer(List.of(a));
      assertThat(waiting(queue)).containsExactly(b, end(a), a);
      assertThat(queue.lasting()).containsExactly(a);
    }
  }

  @Test
  void sameNewsTwiceIsOnce() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(end(drift("A")))); // It never began.
      queue.offer(List.of(drift("A"), drift("A")));
      queue.offer(List.of(Alerts.firing("A", "any", NOON.plusSeconds(5))));
      queue.offer(List.of(end(drift("A")), end(drift("A"))));
      assertThat(waiting(queue)).containsExactly(drift("A"), end(drift("A")));
    }
  }

  @Test
  void changedValueIsNewsAndKeepsTheStart() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("A"), Alerts.firing("A", "other", NOON.plusSeconds(5))));
      assertThat(waiting(queue)).containsExactly(drift("A"), Alerts.firing("A", "other", NOON));
    }
  }

  @Test
  void onlyTheLatestStateWaitsWhereOnlyItMatters() throws Exception {
    try (var queue = open(true, 1000)) {
      queue.offer(List.of(drift("A"), drift("B"), end(drift("A")), drift("A"), end(drift("B"))));
      assertThat(waiting(queue)).containsExactly(drift("A"), end(drift("B")));
    }
  }

  @Test
  void whatEndedBeforeAnybodyHeardOfItIsNewsAlsoAfterARestart() throws Exception {
    var update = Alerts.firing("A", "other", NOON);
    try (var queue = open(true, 1000)) {
      queue.offer(List.of(drift("Known")));
      queue.delivered(queue.first(1));
      queue.offer(List.of(end(drift("Known")), drift("A"), update, end(update)));
      queue.offer(List.of(drift("B")));
    }
    try (var queue = open(true, 1000)) {
      assertThat(waiting(queue)).containsExactly(end(drift("Known")), end(update), drift("B"));
      assertThat(queue.first(10))
          .extracting(AlertBacklog.Waiting::begins)
          .containsExactly(false, true, true);
      // One entry however often it comes and goes, and still news.
      for (int i = 0; i < 20; i++) {
        queue.offer(List.of(drift("A"), end(drift("A"))));
      }
      assertThat(waiting(queue)).containsExactly(end(drift("Known")), drift("B"), end(drift("A")));
      assertThat(queue.first(10).getLast().begins()).isTrue();
      assertThat(queue.dropped()).isZero();
    }
  }

  @Test
  void aHistoryKeepsBothEventsOfADriftThatNobodyHeardOf() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
      queue.offer(List.of(end(drift("A"))));
      assertThat(waiting(queue)).containsExactly(drift("A"), end(drift("A")));
    }
  }

  @Test
  void fullHistoryLetsGoOfWhatHasComeAndGoneFirst() throws Exception {
    try (var queue = open(false, 4)) {
      queue.offer(List.of(drift("Old"), drift("Gone"), end(drift("Gone")), drift("New")));
      queue.offer(List.of(drift("Newest")));
      assertThat(waiting(queue)).containsExactly(drift("Old"), drift("New"), drift("Newest"));
      assertThat(queue.dropped()).isEqualTo(2);
      queue.offer(List.of(drift("X"), drift("Y")));
      assertThat(waiting(queue))
          .containsExactly(drift("New"), drift("Newest"), drift("X"), drift("Y"));
      assertThat(queue.dropped()).isEqualTo(3);
    }
    try (var queue = open(false, 4)) {
      assertThat(queue.dropped()).isEqualTo(3);
      assertThat(waiting(queue))
          .containsExactly(drift("New"), drift("Newest"), drift("X"), drift("Y"));
    }
  }

  @Test
  void endOfWhatTheReceiverHeardOfIsKeptWhenTheQueueIsFull() throws Exception {
    var update = Alerts.firing("A", "other", NOON);
    try (var queue = open(false, 3)) {
      queue.offer(List.of(drift("A")));
      queue.delivered(queue.first(1));
      queue.offer(List.of(update, end(update), drift("B"), drift("C")));
      assertThat(waiting(queue)).containsExactly(end(update), drift("B"), drift("C"));
      assertThat(queue.dropped()).isEqualTo(1);
    }
  }

  @Test
  void fullStateLetsGoOfWhatIsSaidAgainAnyway() throws Exception {
    try (var queue = open(true, 3)) {
      queue.offer(List.of(drift("A")));
      queue.delivered(queue.first(1));
      queue.offer(List.of(end(drift("A")), drift("B"), drift("C")));
      queue.offer(List.of(drift("D")));
      assertThat(waiting(queue)).containsExactly(end(drift("A")), drift("C"), drift("D"));
      assertThat(queue.lasting()).containsExactly(drift("B"), drift("C"), drift("D"));
      assertThat(queue.dropped()).isZero();
    }
  }

  @Test
  void bytesAreBoundedAsWell() throws Exception {
    var limits = new AlertBacklog.Limits(1000, 20_000);
    try (var queue = new AlertQueue(store(), "test", new AlertBacklog(false, limits))) {
      for (int i = 0; i < 50; i++) {
        queue.offer(List.of(Alerts.firing("Directive" + i, "x".repeat(4000), NOON)));
      }
      assertThat(queue.size()).isBetween(1, 5);
      assertThat(queue.dropped()).isEqualTo(50 - queue.size());
      assertThat(waiting(queue).getLast().cause().subject()).isEqualTo("Directive49");
    }
  }

  @Test
  void alertsOfAnEarlierLifeAreNotKeptAliveUntilConfirmed() throws Exception {
    try (var queue = open(true, 1000)) {
      queue.offer(List.of(drift("A"), drift("B")));
      queue.delivered(queue.first(10));
    }
    try (var queue = open(true, 1000)) {
      assertThat(queue.lasting()).isEmpty();
      queue.offer(List.of(drift("A")));
      assertThat(queue.lasting()).containsExactly(drift("A"));
      queue.endUnconfirmed(NOON.plusSeconds(60));
      assertThat(waiting(queue)).containsExactly(end(drift("B")));
    }
  }

  @Test
  void interruptedThreadStillKeepsWhatItSaw() throws Exception {
    try (var queue = history()) {
      Thread.currentThread().interrupt();
      queue.offer(List.of(drift("A")));
      assertThat(Thread.interrupted()).isTrue();
    }
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("A"));
    }
  }

  @Test
  void whileTheDiskIsUnusableItLivesInMemoryAndIsWrittenLater() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("Known")));
      queue.delivered(queue.first(1));
      // A file in place of their directory makes every write of an event fail.
      Files.delete(events());
      Path obstacle = Files.createFile(events());
      queue.offer(List.of(end(drift("Known"))));
      queue.delivered(queue.first(1));
      for (int i = 0; i < 200; i++) {
        queue.offer(List.of(Alerts.firing("A", i + "x".repeat(4000), NOON)));
        queue.delivered(queue.first(1));
      }
      queue.offer(List.of(drift("B")));
      Files.delete(obstacle);
      queue.offer(List.of(drift("C")));
    }
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("B"), drift("C"));
      // Known has ended, and A is open.
      queue.offer(List.of(drift("B"), drift("C")));
      queue.endUnconfirmed(NOON.plusSeconds(60));
      assertThat(waiting(queue))
          .extracting(alert -> alert.cause().subject())
          .containsExactly("B", "C", "A");
    }
  }

  @Test
  void whatCouldNotBeWrittenIsTriedOnceMoreAtTheEnd() throws Exception {
    try (var queue = history()) {
      Files.createDirectories(events().getParent());
      Path obstacle = Files.createFile(events());
      queue.offer(List.of(drift("A")));
      Files.delete(obstacle);
    }
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("A"));
    }
  }

  @Test
  void filesAreForTheirOwnerAlone() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("A"), drift("B")));
      queue.delivered(queue.first(1));
      for (Path file : List.of(document(), event(1))) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void anEventOrADocumentThatIsDamagedCostsOnlyItself() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("Open"), drift("A"), drift("B"), drift("C")));
      queue.delivered(queue.first(1));
    }
    Files.writeString(event(2), Files.readString(event(2)).replace("any", "many"));
    Files.write(event(1), new byte[12 << 20]);
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("C"));
      queue.offer(List.of(drift("C"), end(drift("Open"))));
      assertThat(waiting(queue)).containsExactly(drift("C"), end(drift("Open")));
    }
    Files.writeString(document(), "{");
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("C"), end(drift("Open")));
    }
  }

  @Test
  void anEventOfAnotherVersionIsSkipped() throws Exception {
    store()
        .save(
            "alert-events/test-%018d".formatted(3),
            Node.mapping(List.of(Node.entry("severity", Node.text("WORSE")))));
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
      assertThat(waiting(queue)).containsExactly(drift("A"));
    }
  }

  @Test
  void linksInPlaceOfTheFilesAreNotFollowed() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious"), "untouched");
    for (Path file : List.of(document(), event(0))) {
      Files.createDirectories(file.getParent());
      Files.createSymbolicLink(file, precious);
    }
    try (var queue = history()) {
      queue.offer(List.of(drift("A"), drift("B")));
      queue.delivered(queue.first(1));
    }
    assertThat(precious).hasContent("untouched");
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("B"));
    }
  }

  @Test
  void whatIsThereOfADestinationThatIsNoMoreGoes() throws Exception {
    store().save("alerts/former", Node.text(""));
    for (String name : List.of("former", "test-2")) {
      store().save("alert-events/%s-%018d".formatted(name, 7), Node.text(""));
    }
    try (var queue = history()) {
      queue.offer(List.of(drift("A"), drift("B")));
      queue.delivered(queue.first(1));
    }
    Files.writeString(events().resolve("A note.json"), "");
    Files.writeString(events().resolve(".test-9.json.0011.sandbar-new"), "half");
    String yaml = "- {name: test, webhook: 'http://127.0.0.1:1/'}";
    try (var _ = AlertDispatcher.open(store(), Alerts.senders(yaml), Alerts.quick())) {
      assertThat(store().names("alerts")).containsExactly("test");
      assertThat(eventFiles())
          .containsExactly("A note.json", String.valueOf(event(1).getFileName()));
    }
    try (var _ = AlertDispatcher.open(store(), List.of(), Alerts.quick())) {
      assertThat(store().names("alerts")).isEmpty();
      assertThat(eventFiles()).containsExactly("A note.json");
    }
  }

  @Test
  void openAlertsAreBoundedInBytesAsWell() throws Exception {
    var limits = new AlertBacklog.Limits(1000, 20_000);
    try (var queue = new AlertQueue(store(), "test", new AlertBacklog(true, limits))) {
      for (int i = 0; i < 50; i++) {
        queue.offer(List.of(Alerts.firing("Directive" + i, "x".repeat(4000), NOON)));
        queue.delivered(queue.first(1));
      }
      assertThat(queue.lasting()).hasSizeBetween(1, 5);
      assertThat(queue.dropped()).isEqualTo(50 - queue.lasting().size());
      assertThat(queue.lasting().getLast().cause().subject()).isEqualTo("Directive49");
      assertThat(Files.size(document())).isLessThan(25_000);
    }
  }

  @Test
  void itWritesWhenSomethingChangesAndNeverElse() throws Exception {
    var steps = new AtomicInteger();
    var counting = Checkpoints.store(folder, steps::incrementAndGet);
    var limits = new AlertBacklog.Limits(1000, 1 << 20);
    try (var queue = new AlertQueue(counting, "test", new AlertBacklog(false, limits))) {
      for (int sweep = 0; sweep < 10; sweep++) {
        queue.offer(List.of(drift("A"), drift("B"), end(drift("C"))));
      }
      assertThat(steps).hasValue(2 * Checkpoints.perWrite());
      // The document is written once, for both: after that only their files go.
      queue.delivered(queue.first(1));
      queue.delivered(queue.first(1));
      assertThat(steps).hasValue(3 * Checkpoints.perWrite());
      queue.offer(List.of(drift("A"), drift("B"), end(drift("C"))));
      queue.offer(List.of());
      queue.endUnconfirmed(NOON);
      assertThat(steps).hasValue(3 * Checkpoints.perWrite());
    }
    try (var queue = new AlertQueue(counting, "test", new AlertBacklog(false, limits))) {
      queue.offer(List.of(drift("A"), drift("B")));
      queue.endUnconfirmed(NOON);
    }
    assertThat(steps).hasValue(3 * Checkpoints.perWrite());
    assertThat(eventFiles()).isEmpty();
  }
}
