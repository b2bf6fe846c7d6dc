package dev.sandbar.cli;

import java.util.List;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What is logged: of the agent what it does, of a command nothing, for it speaks for itself. */
final class Logs {

  static {
    // Read once, when the first logger is made.
    System.setProperty("java.util.logging.manager", Manager.class.getName());
  }

  /**
   * They print stack traces for what a server, a repository or the bus may do at any time; Sandbar
   * says it itself. A logger that nobody holds loses its level.
   */
  private static final List<Logger> SILENT =
      List.of(
          Logger.getLogger("org.eclipse.jgit"),
          Logger.getLogger("org.apache.sshd"),
          Logger.getLogger("org.freedesktop.dbus"),
          Logger.getLogger("com.github.hypfvieh"),
          Logger.getLogger("io.fabric8"));

  private Logs() {}

  /**
   * The JVM resets the loggers as soon as it is asked to stop, while the agent still ends the round
   * in hand: what it says then must not be lost.
   */
  public static final class Manager extends LogManager {
    @Override
    public void reset() {}
  }

  private static Logger root() {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    return root;
  }

  /** A command shows by its output what went wrong. */
  static void ofCommand() {
    root().setLevel(Level.OFF);
  }

  /**
   * A line for each decision on standard error.
   *
   * @param environment of the process
   */
  static void ofAgent(Map<String, String> environment) {
    SILENT.forEach(logger -> logger.setLevel(Level.OFF));
    var handler = new ConsoleHandler();
    // systemd sets it for what it connects to the journal (systemd.exec(5)).
    handler.setFormatter(new Line(environment.containsKey("JOURNAL_STREAM")));
    Logger root = root();
    root.setLevel(Level.INFO);
    root.addHandler(handler);
  }

  /** {@code WARN Agent - message}, for the journal with the priority before it (sd-daemon(3)). */
  private static final class Line extends Formatter {
    private final boolean journal;

    Line(boolean journal) {
      this.journal = journal;
    }

    @Override
    public String format(LogRecord entry) {
      int level = entry.getLevel().intValue();
      String word = "INFO";
      String priority = "<6>";
      if (level >= Level.SEVERE.intValue()) {
        word = "ERROR";
        priority = "<3>";
      } else if (level >= Level.WARNING.intValue()) {
        word = "WARN";
        priority = "<4>";
      }
      String name = String.valueOf(entry.getLoggerName());
      String text =
          "%s %s - %s"
              .formatted(word, name.substring(name.lastIndexOf('.') + 1), entry.getMessage());
      // Each line of a message of several is an entry of its own there.
      return (journal ? priority + text.replace("\n", "\n" + priority) : text) + "\n";
    }
  }
}
