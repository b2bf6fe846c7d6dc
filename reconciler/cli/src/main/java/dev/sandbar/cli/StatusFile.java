package dev.sandbar.cli;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kernel.BootTime;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
  private static final Set<String> TIMES = Set.of("writtenAt", "uptimeSeconds");

  /**
   * Reads it.
   *
   * @throws CommandException if no agent has written it
   */
  static StatusFile read(Path file, Instant now) throws IOException {
    try {
      Node document = SavedFile.read(file);
      return new StatusFile(document, age(Fields.of(document), now));
    } catch (NoSuchFileException _) {
      throw new CommandException(
          "no agent has reported on this device since it was booted: there is no " + file,
          "Start the agent: sandbar agent --help");
    } catch (AccessDeniedException _) {
      throw new CommandException(
          file + ": permission denied", "Run the same command as root, for example with sudo");
    }
  }

  /** By the clock that nobody sets, if the file was written in this boot; else by the other. */
  private static Duration age(Fields status, Instant now) {
    return written(status)
        .flatMap(BootTime.now()::since)
        .orElseGet(
            () -> {
              Instant written =
                  status.find("writtenAt").flatMap(StatusFile::instant).orElse(Instant.EPOCH);
              Duration age = Duration.between(written, now);
              return age.isNegative() ? Duration.ZERO : age;
            });
  }

  private static Optional<BootTime> written(Fields status) {
    return status.find("bootId").isPresent() && status.find("uptimeSeconds").isPresent()
        ? Optional.of(new BootTime(status.text("bootId"), status.number("uptimeSeconds")))
        : Optional.empty();
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
    return source("url");
  }

  /** What the agent says of its source; empty for what it does not say. */
  String source(String key) {
    return Fields.of(document)
        .find("source")
        .map(source -> StatusEntry.text(Fields.of(source), key))
        .orElse("");
  }

  /** Every app. */
  List<StatusEntry> apps() {
    Fields fields = Fields.of(document);
    boolean old = stale();
    return fields.find("apps").isPresent()
        ? fields.list("apps", node -> new StatusEntry(Fields.of(node), old))
        : List.of();
  }

  /** What is wrong with what is declared, and with the agent's own files. */
  List<Fields> problems() {
    Fields fields = Fields.of(document);
    return fields.find("problems").isPresent() ? fields.list("problems", Fields::of) : List.of();
  }

  /** Those that keep something from being applied. */
  List<Fields> errors() {
    return problems().stream()
        .filter(problem -> StatusEntry.text(problem, "severity").equals("error"))
        .toList();
  }

  /** One of them, for people. */
  static String problem(Fields problem) {
    String help = StatusEntry.text(problem, "help");
    return "%s: %s%s"
        .formatted(
            StatusEntry.text(problem, "at"),
            StatusEntry.text(problem, "message"),
            help.isEmpty() ? "" : " (" + help + ")");
  }

  /** The app of that name. */
  Optional<StatusEntry> app(String name) {
    return apps().stream().filter(app -> app.name().equals(name)).findFirst();
  }

  /**
   * The app of that name.
   *
   * @throws CommandException if there is none
   */
  StatusEntry known(String name) {
    return app(name).orElseThrow(() -> AppArgument.unknown(name));
  }

  /** What the agent says of itself; empty for what it does not say. */
  String agent(String key) {
    return Fields.of(document)
        .find("agent")
        .map(agent -> StatusEntry.text(Fields.of(agent), key))
        .orElse("");
  }

  /** All of it but the times of what goes on all the while: whether there is something new. */
  Object content() {
    return stale() + without(document, "");
  }

  private static String without(Node node, String within) {
    if (!(node instanceof Node.Mapping mapping)) {
      return JsonWriter.compact(node);
    }
    var text = new StringBuilder();
    for (Node.Entry entry : mapping.entries()) {
      String key = entry.key();
      boolean time = within.isEmpty() ? TIMES.contains(key) : key.startsWith("last");
      if (!time) {
        text.append('\n').append(key).append(' ').append(without(entry.value(), key));
      }
    }
    return text.toString();
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
