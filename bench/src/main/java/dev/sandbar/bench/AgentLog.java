package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The agent's log, with a time in milliseconds since 1970 before every line. */
final class AgentLog {

  /** Makes the agent log so. Nothing else of it is changed for a measurement. */
  static final String FLAGS =
      "-Dorg.slf4j.simpleLogger.showDateTime=true -Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd_HH:mm:ss.SSSX";

  private AgentLog() {}

  /** When the first such line after that time was written, in milliseconds since 1970. */
  static long when(Path log, String text, long after) throws IOException {
    for (String line : Files.readAllLines(log)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.contains(text)) {
        long at = time(line.substring(0, space));
        if (at >= after) {
          return at;
        }
      }
    }
    throw new IOException("the agent's log says nothing of " + text);
  }

  private static long time(String text) {
    try {
      return java.time.OffsetDateTime.parse(text.replace('_', 'T')).toInstant().toEpochMilli();
    } catch (java.time.format.DateTimeParseException e) {
      return 0;
    }
  }
}
