package dev.sandbar.operator.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.operator.history.HistoryRecord.Change;
import dev.sandbar.operator.history.HistoryRecord.Entry;
import dev.sandbar.operator.history.HistoryRecord.Writer;
import dev.sandbar.operator.history.Observed.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistoryRecordTest {
  private static final String NOON = "2026-01-31T12:00:00Z";

  private static Observed pump(long generation, String identity, String outcome) {
    return new Observed(
        Kind.APP, "fleet", "pump", generation, identity, "", List.of(), outcome, "because");
  }

  private static Observed device(String name, long generation, String labels, String... states) {
    return new Observed(
        Kind.DEVICE, "fleet", name, generation, "uid", labels, List.of(states), "Enrolled", "");
  }

  private static Map<String, Writer> removed(List<String> missing) {
    return missing.stream().collect(Collectors.toMap(it -> it, _ -> Writer.UNKNOWN));
  }

  private static HistoryRecord next(HistoryRecord before, Observed... now) {
    return before.next(List.of(now), removed(before.missing(List.of(now))), Map.of(), NOON);
  }

  private static List<String> changes(HistoryRecord record) {
    return record.entries().stream()
        .map(it -> it.names().getFirst() + " " + it.change() + " " + it.message())
        .toList();
  }

  @Test
  void whatDiffersFromWhatWasSeenIsAChangeOnce() {
    HistoryRecord record = HistoryRecord.beginning(List.of(pump(1, "a", "RolledOut")));
    assertThat(record.entries()).as("what was there is no change").isEmpty();
    for (String outcome : List.of("RolledOut", "", "RolledBack", "RolledOut", "RolledBack")) {
      record = next(record, pump(1, "a", outcome));
    }
    record = next(record, pump(2, "b", ""));
    record = next(record, pump(2, "b", "RolledOut"));
    record = next(record, pump(2, "b", "RolledOut"));
    // Replaced by another one of the same generation, and by an earlier one, as by a restore.
    record = next(record, pump(2, "c", ""));
    record = next(record, pump(1, "c", ""));
    assertThat(changes(record))
        .containsExactly(
            "pump RolledBack because",
            "pump SpecChanged null",
            "pump RolledOut because",
            "pump Created null",
            "pump Created null");
    record = next(record);
    assertThat(changes(record).getLast()).isEqualTo("pump Removed null");
    assertThat(record.seen()).isEmpty();
    assertThat(NodeBinder.readLenient(HistoryRecord.class, NodeBinder.write(record)))
        .isEqualTo(record);
  }

  @Test
  void ofADeviceItsOwnersChangesAreRecordedAndThatItWasLetInOnce() {
    HistoryRecord record = next(HistoryRecord.EMPTY, device("d", 1, "l1"));
    record = next(record, device("d", 2, "l1", "held"));
    record = next(record, device("d", 3, "l2", "suspended"));
    assertThat(changes(record))
        .containsExactly(
            "d Created null",
            "d Enrolled null",
            "d SpecChanged held",
            "d SpecChanged suspended, no longer held",
            "d LabelsChanged null");
  }

  @Test
  void thousandsThatChangeAtOnceAreOneChange() {
    List<Observed> before =
        IntStream.range(0, 9_000).mapToObj(i -> device("device-" + i, 1, "a")).toList();
    List<Observed> after =
        IntStream.range(0, 9_000).mapToObj(i -> device("device-" + i, 1, "b")).toList();
    HistoryRecord record = HistoryRecord.beginning(before);
    var writers = new HashMap<Change, Writer>();
    record.changes(after).stream()
        .limit(50)
        .forEach(it -> writers.put(it, new Writer("jane", "kubectl-label", "", "")));
    record = record.next(after, Map.of(), writers, NOON);
    assertThat(record.entries()).hasSize(1);
    Entry entry = record.entries().getFirst();
    assertThat(entry.names()).hasSize(100);
    assertThat(entry.more()).isEqualTo(8_900);
    assertThat(entry.user()).isEqualTo("jane");
    assertThat(record.omitted()).isZero();
    record = next(record);
    assertThat(record.entries()).hasSize(2);
    assertThat(record.entries().getLast().more()).isEqualTo(8_900);
  }

  @Test
  void itHasRoomForSoMuchAndDevicesTakeNothingOfThatOfApps() {
    HistoryRecord record = next(HistoryRecord.EMPTY, pump(1, "a", ""));
    for (int i = 2; i < 2_000; i++) {
      record = next(record, pump(1, "a", ""), device("d", i, "x".repeat(i % 8)));
    }
    assertThat(record.entries()).hasSizeLessThanOrEqualTo(500);
    assertThat(record.entries().getFirst().names()).containsExactly("pump");

    String endless = "x".repeat(100_000);
    var many = new ArrayList<Observed>();
    for (int i = 0; i < 20_100; i++) {
      many.add(device(i + "-" + "x".repeat(60), 1, ""));
    }
    many.add(new Observed(Kind.APP, "fleet", "pump", 2, "b", "", List.of(), endless, endless));
    HistoryRecord full =
        record.next(
            many,
            Map.of(),
            Map.of(record.changes(many).getLast(), new Writer(endless, endless, endless, endless)),
            NOON);
    assertThat(full.omitted()).isPositive();
    assertThat(String.join("", full.seen()).length())
        .isLessThanOrEqualTo(HistoryRecord.MAX_SEEN_CHARACTERS);
    assertThat(full.entries().stream().mapToInt(Entry::characters).sum())
        .isLessThanOrEqualTo(HistoryRecord.MAX_ENTRY_CHARACTERS);
    assertThat(full.entries().getLast().change()).isEqualTo("Stalled");
  }

  @Test
  void reasonsOfADeviceAreRecordedSoManyTimesForAVersion() {
    HistoryRecord record = HistoryRecord.beginning(List.of(pump(1, "a", "")));
    for (int i = 0; i < 100; i++) {
      record = next(record, pump(1, "a", "Reason" + i));
    }
    assertThat(record.entries()).hasSize(8);
    assertThat(next(record, pump(2, "b", "Reason1")).entries()).hasSize(10);
  }

  @Test
  void whatSomebodyElseWroteThereIsReadAsFarAsItCanBe() {
    Node junk =
        Node.mapping(
            List.of(
                Node.entry("entries", Node.list(List.of(Node.text("x"), Node.mapping(List.of())))),
                Node.entry(
                    "seen",
                    Node.list(
                        List.of(
                            Node.text("nonsense"),
                            Node.text("Device/x 99999999999999999999 - - - -"),
                            Node.text("AppSandbox/pump 7 a - - RolledOut")))),
                Node.entry("omitted", Node.text("many"))));
    HistoryRecord read = NodeBinder.readLenient(HistoryRecord.class, junk);
    HistoryRecord record = next(read, pump(8, "b", ""));
    assertThat(record.entries().getLast().change()).isEqualTo("SpecChanged");
    assertThat(record.seen()).containsExactly("AppSandbox/pump 8 b - - -");
  }
}
