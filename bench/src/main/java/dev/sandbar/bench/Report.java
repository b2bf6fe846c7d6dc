package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What is printed: figures as they come, each with its goal. */
final class Report {

  private Report() {}

  static void say(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }

  /** The line that a reader looks for. */
  static void goal(String what, double found, String unit, double goal) {
    say(
        "%-58s %9.3f %-3s goal %.3f  %s",
        what, found, unit, goal, found <= goal ? "met" : "MISSED");
  }

  /** How busy the machine was; a figure without it says little. */
  static String load() {
    try {
      return Files.readString(Path.of("/proc/loadavg")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
