package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.device.systemd.JournalReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Prints the journal of one unit of a device. */
final class Journal {
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
   * Prints it as it comes.
   *
   * @return how many lines there were
   * @throws CommandException if the journal cannot be read
   */
  long print(JournalReader.Query query, Terminal terminal)
      throws IOException, InterruptedException {
    Process process = started(query);
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

  private Process started(JournalReader.Query query) {
    try {
      return new JournalReader(place.entrance()).start(query);
    } catch (IOException e) {
      throw new CommandException(
          "the journal cannot be read: " + JournalReader.PROGRAM + " cannot be started",
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
