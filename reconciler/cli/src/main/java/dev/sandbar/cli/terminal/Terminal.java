package dev.sandbar.cli.terminal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The three streams of a command and what is at their other end. All that the command says goes
 * through here, so that a test can hold the other end.
 *
 * @param in standard input
 * @param out what was asked for: a table, JSON, a unit
 * @param err everything else that is said: errors, notes, progress
 * @param inTty whether a person can type into {@code in}
 * @param outTty whether a person sees {@code out}
 * @param errTty whether a person sees {@code err}
 * @param environment variables of the process
 */
public record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean inTty,
    boolean outTty,
    boolean errTty,
    Map<String, String> environment) {

  /** Columns that every table and help page fits into. */
  public static final int WIDTH = 80;

  /**
   * The property in which the launcher, which can ask isatty(3), says which of the standard streams
   * are terminals: any of the digits 0, 1 and 2.
   */
  private static final String TTY_PROPERTY = "sandbar.tty";

  public Terminal {
    environment = Map.copyOf(environment);
  }

  /** The streams of this process. */
  public static Terminal ofProcess() {
    String ttys = System.getProperty(TTY_PROPERTY);
    if (ttys == null) {
      var console = System.console();
      ttys = console != null && console.isTerminal() ? "012" : "";
    }
    return new Terminal(
        System.in,
        utf8(System.out),
        utf8(System.err),
        ttys.contains("0"),
        ttys.contains("1"),
        ttys.contains("2"),
        System.getenv());
  }

  /** Streams that are no terminals, for example those of a pipe. */
  public static Terminal piped(
      InputStream in, OutputStream out, OutputStream err, Map<String, String> environment) {
    return new Terminal(in, utf8(out), utf8(err), false, false, false, environment);
  }

  /** The variable's value, or the empty text. */
  public String variable(String name) {
    return environment.getOrDefault(name, "");
  }

  /** Whether a person answers a question with yes; whoever says nothing does not. */
  public boolean readYes() throws IOException {
    return Optional.ofNullable(
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine())
        .map(answer -> answer.strip().toLowerCase(Locale.ROOT))
        .filter(List.of("y", "yes")::contains)
        .isPresent();
  }

  /** Sends on what is still buffered. */
  public void flush() {
    out.flush();
    err.flush();
  }

  private static PrintStream utf8(OutputStream stream) {
    return new PrintStream(stream, false, StandardCharsets.UTF_8);
  }
}
