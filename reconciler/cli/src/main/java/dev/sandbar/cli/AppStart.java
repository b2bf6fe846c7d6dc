package dev.sandbar.cli;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What was written in one start of an app, by the app and of it: never what another version wrote.
 *
 * @param invocation of systemd; empty if the app never started
 * @param wrote by the app, to the journal and to its log files, oldest first
 * @param systemd what systemd says of that start, oldest first
 */
record AppStart(String invocation, List<String> wrote, List<String> systemd) {

  /** So many lines are read. */
  static final int LINES = 500;

  private static final int LINES_OF_SYSTEMD = 20;
  private static final int MOST_BYTES = 256 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  AppStart {
    wrote = List.copyOf(wrote);
    systemd = List.copyOf(systemd);
  }

  /**
   * Reads them.
   *
   * @param invocation of the last start
   * @param before whether an earlier one is requested, which was another version
   * @param previous the start that it came after; empty if it is the one before the last
   */
  static AppStart read(
      DevicePlace place, UnitName unit, String invocation, boolean before, String previous)
      throws IOException, InterruptedException {
    var journal = new JournalReader(place.entrance());
    try {
      String start = invocation;
      if (before) {
        // What comes after it may not have begun yet.
        start =
            previous.isEmpty()
                ? journal.startBefore(unit, invocation, LIMIT)
                : journal.startAfter(unit, previous, LIMIT);
      }
      return start.isEmpty()
          ? new AppStart("", List.of(), List.of())
          : new AppStart(
              start,
              lines(journal, new JournalReader.OfStart(unit, start, false, LINES)),
              lines(journal, new JournalReader.OfStart(unit, start, true, LINES_OF_SYSTEMD)));
    } catch (IOException e) {
      throw new CommandException(
          "the journal cannot be read: " + e.getMessage(),
          "Run it on a device with systemd's journal");
    }
  }

  private static List<String> lines(JournalReader journal, JournalReader.OfStart start)
      throws IOException, InterruptedException {
    return journal.lines(start, MOST_BYTES, LIMIT);
  }

  /** This, with what the app wrote to its log files. */
  AppStart with(List<String> logged) {
    var all = new ArrayList<>(logged);
    all.addAll(wrote);
    return new AppStart(invocation, all, systemd);
  }
}
