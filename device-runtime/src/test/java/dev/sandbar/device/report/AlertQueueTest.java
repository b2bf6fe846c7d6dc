package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Resolved;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertQueueTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;

  private AlertQueue open(boolean latestOnly, int most) throws Exception {
    var limits = new AlertBacklog.Limits(most, 1 << 20);
    return new AlertQueue(file(), "test", new AlertBacklog(latestOnly, limits));
  }

  private AlertQueue history() throws Exception {
    return open(false, 1000);
  }

  private Path file() {
    return folder.resolve("test.log");
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
  void aLineThatIsFarTooLongCostsOnlyItself() throws Exception {
    var lines = new ArrayList<AlertLine>();
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
    }
    byte[] kept = Files.readAllBytes(file());
    byte[] part = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
    try (var out = Files.newOutputStream(file())) {
      for (int i = 0; i < 8; i++) {
        out.write(part);
      }
      out.write('\n');
      out.write(kept);
    }
    try (var log = new AlertLog(file(), lines::add)) {
      assertThat(log.damaged()).isEqualTo(1);
    }
    assertThat(lines).isNotEmpty();
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("A"));
    }
  }

  @Test
  void theQueueOfADestinationThatIsNoMoreGoes() throws Exception {
    Files.writeString(folder.resolve("former.log"), "");
    Files.writeString(folder.resolve("note"), "");
    try (var _ = AlertDispatcher.open(folder, List.of(), Alerts.quick())) {
      assertThat(folder.resolve("former.log")).doesNotExist();
      assertThat(folder.resolve("note")).exists();
    }
  }

  @Test
  void fileIsForItsOwnerAlone() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void cutAtAnyByteItKeepsEveryWholeLine() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
      queue.offer(List.of(drift("B")));
      queue.offer(List.of(drift("C")));
    }
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length <= whole.length; length += 11) {
      Files.write(file(), Arrays.copyOf(whole, length));
      long lines = new String(whole, 0, length, StandardCharsets.UTF_8).lines().count();
      boolean torn = length > 0 && whole[length - 1] != '\n';
      // The first line counts what was dropped.
      long expected = Math.max(0, lines - (torn ? 2 : 1));
      try (var queue = history()) {
        assertThat(queue.size()).as("%d bytes", length).isEqualTo((int) expected);
        queue.offer(List.of(drift("New")));
      }
      try (var queue = history()) {
        assertThat(waiting(queue)).last().isEqualTo(drift("New"));
      }
    }
  }

  @Test
  void flippedBitCostsOneLineOnly() throws Exception {
    for (int seed = 0; seed < 25; seed++) {
      Files.deleteIfExists(file());
      try (var queue = history()) {
        queue.offer(List.of(drift("A"), drift("B"), drift("C"), drift("D")));
      }
      byte[] bytes = Files.readAllBytes(file());
      int at = new Random(seed).nextInt(bytes.length);
      bytes[at] ^= 0x10;
      Files.write(file(), bytes);
      try (var queue = history()) {
        assertThat(queue.size()).as("byte %d", at).isBetween(2, 4);
      }
    }
  }

  @Test
  void lineOfAnUnknownKindIsSkipped() throws Exception {
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
    }
    Files.writeString(file(), "00000000\tfuture\t1\n", StandardOpenOption.APPEND);
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("A"));
    }
  }

  @Test
  void linkInPlaceOfTheFileIsNotFollowed() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious"), "untouched");
    Files.createSymbolicLink(file(), precious);
    try (var queue = history()) {
      queue.offer(List.of(drift("A")));
    }
    assertThat(precious).hasContent("untouched");
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("A"));
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
    try (var queue = new AlertQueue(file(), "test", new AlertBacklog(false, limits))) {
      for (int i = 0; i < 50; i++) {
        queue.offer(List.of(Alerts.firing("Directive" + i, "x".repeat(4000), NOON)));
      }
      assertThat(queue.size()).isBetween(1, 5);
      assertThat(queue.dropped()).isEqualTo(50 - queue.size());
      assertThat(waiting(queue).getLast().cause().subject()).isEqualTo("Directive49");
    }
  }

  @Test
  void fileStaysSmallHoweverManyAlertsPass() throws Exception {
    try (var queue = history()) {
      var drift = Alerts.firing("A", "x".repeat(4000), NOON);
      for (int i = 0; i < 300; i++) {
        queue.offer(List.of(i % 2 == 0 ? drift : end(drift)));
        queue.delivered(queue.first(10));
      }
      assertThat(Files.size(file())).isLessThan(400_000);
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
      // A folder in place of the file that a rewrite needs makes every rewrite fail.
      Path obstacle = Files.createDirectories(folder.resolve("test.log.new").resolve("x"));
      for (int i = 0; i < 200; i++) {
        queue.offer(List.of(Alerts.firing("A", i + "x".repeat(4000), NOON)));
        queue.delivered(queue.first(1));
      }
      queue.offer(List.of(drift("B")));
      Files.delete(obstacle);
      Files.delete(obstacle.getParent());
      queue.offer(List.of(drift("C")));
    }
    try (var queue = history()) {
      assertThat(waiting(queue)).containsExactly(drift("B"), drift("C"));
    }
  }
}
