package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.source.text.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agent records for {@code sandbar events}. */
class EventLogTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
  private static final AppName PUMP = new AppName("pump");
  private static final Suspended SUSPENDED = new Suspended(false, new TreeSet<>(List.of(PUMP)));

  @TempDir private Path folder;

  private EventLog log() {
    return new EventLog(folder.resolve("events.json"), Clock.fixed(NOON, ZoneOffset.UTC));
  }

  private List<String> events() throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("events.json"));
    Node document = JsonReader.read("events.json", bytes).documents().getFirst();
    return NodeBinder.read(Document.class, document).items().stream()
        .map(
            it ->
                "%s %s %s x%s: %s"
                    .formatted(it.type(), it.app(), it.reason(), it.count(), it.message()))
        .toList();
  }

  private record Item(String type, String app, String reason, long count, String message) {}

  private record Document(List<Item> items) {}

  private static SortedMap<AppName, AppReport> ready(
      Condition.Status status, Reason reason, String message) {
    var condition = new Condition(Condition.Type.READY, status, reason.text(), message, NOON);
    return new TreeMap<>(
        Map.of(
            PUMP,
            new AppReport(
                List.of(),
                new TreeMap<>(Map.of(Condition.Type.READY, condition)),
                AppReport.Evidence.NONE)));
  }

  private static SortedMap<AppName, AppReport> good() {
    return ready(Condition.Status.TRUE, Reason.RECONCILIATION_SUCCEEDED, "Applied revision: one");
  }

  @Test
  void whatBeginsAndEndsIsRecordedOnce() throws IOException {
    EventLog log = log();
    log.between(good(), Suspended.NOTHING);
    log.between(good(), Suspended.NOTHING);
    log.between(
        ready(Condition.Status.FALSE, Reason.ROLLED_BACK, "start:\nit ended"), Suspended.NOTHING);
    log.between(new TreeMap<>(), Suspended.NOTHING);
    assertThat(events())
        .containsExactly(
            "Normal pump ReconciliationSucceeded x1: Applied revision: one",
            "Warning pump RolledBack x1: start: it ended",
            "Normal pump Removed x1: no longer on this device");
  }

  @Test
  void theNextAgentGoesOnAndCountsWhatItFindsAgain() throws IOException {
    log().between(good(), Suspended.NOTHING);
    log().between(good(), Suspended.NOTHING);
    assertThat(events())
        .containsExactly("Normal pump ReconciliationSucceeded x2: Applied revision: one");
  }

  @Test
  void whatIsSuspendedIsAnEventOnceHoweverOftenTheAgentStarts() throws IOException {
    log().between(ready(Condition.Status.UNKNOWN, Reason.PROGRESSING, ""), SUSPENDED);
    EventLog next = log();
    next.between(
        ready(Condition.Status.UNKNOWN, Reason.PROGRESSING, ""),
        new Suspended(true, new TreeSet<>()));
    next.between(ready(Condition.Status.UNKNOWN, Reason.PROGRESSING, ""), Suspended.NOTHING);
    assertThat(events()).hasSize(2);
    assertThat(events().getFirst()).startsWith("Normal pump Suspended x1: ");
    assertThat(events().getLast()).startsWith("Normal pump Resumed x1: ");
  }

  @Test
  void itIsBounded() throws IOException {
    EventLog log = log();
    for (int i = 0; i <= EventLog.MOST / 2; i++) {
      log.between(
          ready(Condition.Status.FALSE, Reason.ROLLED_BACK, "x".repeat(5000) + i),
          Suspended.NOTHING);
      log.between(good(), Suspended.NOTHING);
    }
    assertThat(events()).hasSize(EventLog.MOST);
    assertThat(Files.size(folder.resolve("events.json"))).isLessThan(300_000);
  }

  @Test
  void aFileThatCannotBeReadIsReplaced() throws IOException {
    Files.writeString(folder.resolve("events.json"), "{\"items\": [1, {}, {\"count\": \"x\"}");
    log().between(good(), Suspended.NOTHING);
    assertThat(events()).hasSize(1);
  }
}
