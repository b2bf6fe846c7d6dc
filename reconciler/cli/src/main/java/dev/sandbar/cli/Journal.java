package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.UnitName;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The journal of one unit of a device, through its own journalctl(1): there is no other interface
 * to the journal's files that stays the same. The arguments are fixed but for the name of the unit,
 * numbers and a time; no shell sees them.
 */
final class Journal {
  private static final String PROGRAM = "/usr/bin/journalctl";

  /** Of what the program says of itself, so much is kept. */
  private static final int ERRORS = 4096;

  /** Codes from here on say that a signal ended it, such as that of Ctrl-C. */
  private static final int SIGNALLED = 128;

  private static final String TAB = " ".repeat(4);

  private final DevicePlace place;

  Journal(DevicePlace place) {
    this.place = place;
  }

  /**
   * What is asked for.
   *
   * @param lines at most so many of the newest; negative for all
   * @param since nothing older; {@link Instant#EPOCH} for no limit
   * @param follow whether to wait for what comes
   */
  record Query(UnitName unit, int lines, Instant since, boolean follow) {
    List<String> arguments() {
      var arguments =
          new ArrayList<>(
              List.of(
                  PROGRAM,
                  "--no-pager",
                  "--quiet",
                  "--output=short-iso",
                  "--unit=" + unit.value()));
      arguments.add("--lines=" + (lines < 0 ? "all" : Integer.toString(lines)));
      if (!since.equals(Instant.EPOCH)) {
        arguments.add("--since=@" + since.getEpochSecond());
      }
      if (follow) {
        arguments.add("--follow");
      }
      return List.copyOf(arguments);
    }
  }

  /**
   * Prints it as it comes.
   *
   * @return how many lines there were
   * @throws CommandException if the journal cannot be read
   */
  long print(Query query, Terminal terminal) throws IOException, InterruptedException {
    var command = new ArrayList<>(place.entrance());
    command.addAll(query.arguments());
    Process process = started(command);
    var end = new Thread(process::destroy);
    Runtime.getRuntime().addShutdownHook(end);
    try (var out = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      var errors = new StringBuilder();
      Thread listening = Thread.ofVirtual().start(() -> collect(process, errors));
      long count = 0;
      // By pieces and not by lines: an app may write one without end.
      var piece = new char[8192];
      for (int read = out.read(piece); read >= 0; read = out.read(piece)) {
        String text = new String(piece, 0, read).replace("\t", TAB);
        // What an app writes must not steer the terminal of whoever reads it.
        terminal.out().print(Printable.of(text));
        count += text.chars().filter(c -> c == '\n').count();
        if (query.follow() && terminal.out().checkError()) {
          return count;
        }
      }
      int code = process.waitFor();
      listening.join();
      if (code != 0 && code < SIGNALLED) {
        throw new CommandException(
            "the journal cannot be read: "
                + errors.toString().lines().findFirst().orElse("journalctl failed with " + code),
            "");
      }
      return count;
    } finally {
      process.destroy();
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      remove(end);
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending, and runs it.
    }
  }

  private static Process started(List<String> command) {
    try {
      var builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().put("PATH", "/usr/bin:/bin");
      builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
      return builder.start();
    } catch (IOException e) {
      throw new CommandException(
          "the journal cannot be read: " + PROGRAM + " cannot be started",
          "Run it on a device with systemd's journal");
    }
  }

  private static void collect(Process process, StringBuilder errors) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (errors.length() < ERRORS) {
          errors.append(line).append('\n');
        }
      }
    } catch (IOException _) {
      // It has ended.
    }
  }
}
