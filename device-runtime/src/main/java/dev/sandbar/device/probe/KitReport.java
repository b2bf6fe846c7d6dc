package dev.sandbar.device.probe;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.probe.ProbeAttempt;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.TextLimits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * What the kit printed: a JSON object for each attempt, then one with the totals. It was written
 * inside the sandbox and may hold anything. What is not understood is passed over; what is missing
 * then is found missing.
 *
 * @param complete whether the totals followed, so that the kit came to its end
 */
public record KitReport(List<ProbeAttempt> attempts, boolean complete) {

  /** More than any kit has. */
  private static final int MOST_ATTEMPTS = 2_000;

  private static final int LONGEST_ID = 40;
  private static final int LONGEST_TITLE = 120;
  private static final int LONGEST_ERRNO = 20;

  private static final TextLimits LINE = new TextLimits(4_096, 2, 40);

  public KitReport {
    attempts = List.copyOf(attempts);
  }

  /** A line, of which every field may be missing. */
  private record Line(
      String id, String title, String result, String errno, boolean summary, int attempts) {}

  /** Reads it. */
  static KitReport read(byte[] bytes) {
    var attempts = new ArrayList<ProbeAttempt>();
    var ids = new HashSet<String>();
    boolean complete = false;
    for (String text : new String(bytes, StandardCharsets.UTF_8).split("\n", MOST_ATTEMPTS)) {
      var read = JsonReader.read("report", text.getBytes(StandardCharsets.UTF_8), LINE);
      if (read.documents().isEmpty() || read.hasErrors()) {
        continue;
      }
      var line = NodeBinder.readLenient(Line.class, read.documents().getFirst());
      complete |= line.summary() && line.attempts() == attempts.size();
      var end = ProbeAttempt.End.find(line.result());
      String id = shown(line.id(), LONGEST_ID);
      // The first word on an attempt counts, unless a later one says that it is open.
      if (end.isPresent() && !id.isEmpty()) {
        var attempt =
            new ProbeAttempt(
                id,
                shown(line.title(), LONGEST_TITLE),
                end.get(),
                shown(line.errno(), LONGEST_ERRNO));
        if (ids.add(id)) {
          attempts.add(attempt);
        } else if (attempt.end() == ProbeAttempt.End.OPEN) {
          attempts.replaceAll(it -> it.id().equals(id) ? attempt : it);
        }
      }
    }
    return new KitReport(attempts, complete);
  }

  private static String shown(String text, int most) {
    return SafeText.visible(SafeText.cut(text, most));
  }
}
