package dev.sandbar.cli;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the agent of this device last said of itself and its apps.
 *
 * @param document the whole of it
 * @param age since it was written
 */
record StatusFile(Node document, Duration age) {
  /** Where the agent writes it; gone after a reboot, until an agent runs. */
  static final String DEFAULT = "/run/sandbar/status.json";

  private static final Duration STALE = Duration.ofSeconds(90);

  /**
   * Reads it.
   *
   * @throws CommandException if no agent has written it
   */
  static StatusFile read(Path file, Instant now) throws IOException {
    try {
      Node document = SavedFile.read(file);
      Instant written =
          Fields.of(document).find("writtenAt").flatMap(StatusFile::instant).orElse(Instant.EPOCH);
      Duration age = Duration.between(written, now);
      return new StatusFile(document, age.isNegative() ? Duration.ZERO : age);
    } catch (NoSuchFileException _) {
      throw new CommandException(
          "no agent has reported on this device since it was booted: there is no " + file,
          "Start the agent: sandbar agent --help");
    } catch (AccessDeniedException _) {
      throw new CommandException(
          file + ": permission denied", "Run the same command as root, for example with sudo");
    }
  }

  /** Whether it is too old to be believed. */
  boolean stale() {
    Duration limit =
        Fields.of(document)
            .find("staleAfterSeconds")
            .map(node -> Fields.of(document).number("staleAfterSeconds"))
            .map(Duration::ofSeconds)
            .orElse(STALE);
    return age.compareTo(limit) > 0;
  }

  /** Where the agent takes the apps from; empty if it does not say. */
  String sourceUrl() {
    return Fields.of(document)
        .find("source")
        .flatMap(source -> Fields.of(source).find("url"))
        .map(Fields::text)
        .orElse("");
  }

  /** The fields of every app. */
  List<Fields> apps() {
    Fields fields = Fields.of(document);
    return fields.find("apps").isPresent() ? fields.list("apps", Fields::of) : List.of();
  }

  /** {@code 5 s}, {@code 3 min}, {@code 2 h}, {@code 4 d}. */
  static String ago(Duration age) {
    long seconds = age.toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 120 * 60) {
      return age.toMinutes() + " min";
    }
    return age.toHours() < 48 ? age.toHours() + " h" : age.toDays() + " d";
  }

  private static Optional<Instant> instant(Node node) {
    try {
      return Optional.of(Instant.parse(Fields.text(node)));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
