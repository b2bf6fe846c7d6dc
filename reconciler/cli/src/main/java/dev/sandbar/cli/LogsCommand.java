package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Period;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar logs}. */
@Command(
    name = "logs",
    description = {
      "Show the output of an app on this device, and what systemd logged about it.",
      "",
      "Prints the journal of the app's unit, newest line last. The journal of a"
          + " removed app can be read as long as it is kept.",
      "Exit code: 0 shown, even if the journal has nothing from the app; 1 no such"
          + " app, or the journal cannot be read."
    },
    footer = {
      "  sandbar logs pump",
      "  sandbar logs pump -f                          follow, until Ctrl-C",
      "  sandbar logs pump -n 20",
      "  sandbar logs pump --since 10m                 the last ten minutes",
      "  sandbar logs pump --since 2026-01-31T12:00    local time, unless it ends in Z"
    })
final class LogsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = {"-f", "--follow"},
      description = "Follow the journal, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "LINES",
      description = "Number of newest lines (default: all; with -f, 10).")
  private String lines = "";

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Nothing older than this: 10m, 2h, or a date with or without a time.")
  private String since = "";

  @Parameters(paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  LogsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    AppName name = AppArgument.read(app);
    Instant from = since.isEmpty() ? Instant.EPOCH : time(since);
    int most = most();
    DevicePlace place = device.place();
    boolean known = place.knows(name);
    // To wait for what an app writes that is not there would wait for ever.
    if (follow && !known) {
      throw AppArgument.unknown(app);
    }
    var query = new JournalReader.Query(place.unit(name), most, from, follow);
    long count = new Journal(place).print(query, terminal);
    terminal.out().flush();
    if (count == 0 && !known) {
      throw AppArgument.unknown(app);
    }
    if (count == 0) {
      new OutputOptions()
          .printer(terminal, common)
          .note(
              "the journal has nothing of "
                  + app
                  + (since.isEmpty() ? "" : " since " + since)
                  + (since.isEmpty() ? "; see what the agent says: sandbar status " + app : ""));
    }
    return ExitCode.OK;
  }

  /** Negative for all. */
  private int most() {
    if (lines.isEmpty()) {
      return follow ? 10 : -1;
    }
    if (!lines.matches("[0-9]{1,9}")) {
      throw new CommandException(
          "--lines " + lines + " is no number of lines", "Write for example 100");
    }
    return Integer.parseInt(lines);
  }

  /**
   * A point in time.
   *
   * @throws CommandException if it is none
   */
  static Instant time(String text) {
    Optional<Duration> span = Period.read(text);
    if (span.isPresent()) {
      return Instant.now().minus(span.get());
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      // Not in UTC.
    }
    try {
      return LocalDateTime.parse(text.replace(' ', 'T')).atZone(ZoneId.systemDefault()).toInstant();
    } catch (DateTimeException _) {
      // Not with a time.
    }
    try {
      return LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant();
    } catch (DateTimeException _) {
      throw new CommandException(
          "--since " + text + " is no time",
          "Write for example 10m, 2h, 2026-01-31, 2026-01-31T12:00 or 2026-01-31T12:00:00Z");
    }
  }
}
