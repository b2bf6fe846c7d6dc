package dev.sandbar.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What directives do, in a sentence. */
final class Meanings {
  private Meanings() {}

  /**
   * One directive.
   *
   * @param manual page that has the whole story
   */
  record Meaning(String manual, String sentence) {}

  /** What the directive does. */
  static Meaning of(String directive) {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Meanings.class.getResourceAsStream("directives.txt")),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(directive + " ")) {
          String[] parts = line.split(" ", 3);
          return new Meaning(parts[1], parts[2]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Meaning("systemd.directives(7)", "");
  }
}
