package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Reason;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.report.DriftAlert.Severity;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One line of the queue's log: a checksum and fields between tabs. A line that a power cut left
 * half written, or that a bad flash block changed, does not pass the checksum.
 */
sealed interface AlertLine {

  /**
   * An alert joined the queue.
   *
   * @param begins whether the receiver had never heard of this drift
   */
  record Added(long sequence, boolean begins, DriftAlert alert) implements AlertLine {}

  /** An alert left the queue. */
  record Removed(long sequence) implements AlertLine {}

  /** An alert left the queue undelivered; the receiver never hears of its drift. */
  record GivenUp(long sequence) implements AlertLine {}

  /** An alert that was delivered earlier and still lasts. */
  record Lasting(Firing alert) implements AlertLine {}

  /** How many alerts were given up so far. */
  record Dropped(long total) implements AlertLine {}

  /** The line without its newline. */
  default String encode() {
    List<String> fields =
        switch (this) {
          case Added added -> {
            List<String> all = new ArrayList<>();
            all.add(added.begins ? "began" : "added");
            all.add(Long.toString(added.sequence));
            all.addAll(fields(added.alert));
            yield all;
          }
          case Removed removed -> List.of("removed", Long.toString(removed.sequence));
          case GivenUp gone -> List.of("given-up", Long.toString(gone.sequence));
          case Lasting lasting -> {
            List<String> all = new ArrayList<>(List.of("lasting"));
            all.addAll(fields(lasting.alert));
            yield all;
          }
          case Dropped dropped -> List.of("dropped", Long.toString(dropped.total));
        };
    String text = String.join("\t", fields.stream().map(AlertLine::escape).toList());
    return checksum(text) + "\t" + text;
  }

  /** Reads a line back; empty if it is damaged. */
  static Optional<AlertLine> decode(String line) {
    int tab = line.indexOf('\t');
    if (tab < 0 || !line.substring(0, tab).equals(checksum(line.substring(tab + 1)))) {
      return Optional.empty();
    }
    List<String> fields = new ArrayList<>();
    for (String field : line.substring(tab + 1).split("\t", -1)) {
      fields.add(unescape(field));
    }
    try {
      return switch (fields.getFirst()) {
        case "began", "added" ->
            Optional.of(
                new Added(
                    Long.parseLong(fields.get(1)),
                    fields.getFirst().equals("began"),
                    alert(fields.subList(2, fields.size()))));
        case "removed" -> Optional.of(new Removed(Long.parseLong(fields.get(1))));
        case "given-up" -> Optional.of(new GivenUp(Long.parseLong(fields.get(1))));
        case "lasting" ->
            Optional.of(new Lasting(new Firing(cause(fields.subList(2, fields.size())))));
        case "dropped" -> Optional.of(new Dropped(Long.parseLong(fields.get(1))));
        default -> Optional.empty();
      };
    } catch (IllegalArgumentException | IndexOutOfBoundsException | DateTimeException e) {
      // The checksum holds and yet it does not read: written by another version.
      return Optional.empty();
    }
  }

  private static List<String> fields(DriftAlert alert) {
    Cause c = alert.cause();
    List<String> all = new ArrayList<>();
    switch (alert) {
      case Firing firing -> all.add("firing");
      case Resolved resolved -> {
        all.add("resolved");
        all.add(resolved.endsAt().toString());
      }
    }
    all.addAll(
        List.of(
            c.device(),
            c.app(),
            c.unit(),
            c.layer(),
            c.subject(),
            c.declared(),
            c.observed(),
            c.startsAt().toString(),
            c.revision(),
            c.severity().name(),
            c.reason().name()));
    return all;
  }

  private static DriftAlert alert(List<String> fields) {
    return switch (fields.getFirst()) {
      case "firing" -> new Firing(cause(fields.subList(1, fields.size())));
      case "resolved" ->
          new Resolved(cause(fields.subList(2, fields.size())), Instant.parse(fields.get(1)));
      default -> throw new IllegalArgumentException("neither firing nor resolved");
    };
  }

  private static Cause cause(List<String> f) {
    return new Cause(
        f.get(0),
        f.get(1),
        f.get(2),
        f.get(3),
        f.get(4),
        f.get(5),
        f.get(6),
        Instant.parse(f.get(7)),
        f.get(8),
        Severity.valueOf(f.get(9)),
        Reason.valueOf(f.get(10)));
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
  }

  private static String unescape(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        i++;
        char next = text.charAt(i);
        out.append(next == 't' ? '\t' : next == 'n' ? '\n' : next);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
