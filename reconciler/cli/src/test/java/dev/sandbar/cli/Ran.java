package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One run of the command in this process, and what came of it. */
record Ran(int code, String out, String err) {

  /** Runs it as in a pipe. */
  static Ran sandbar(String... args) {
    return with(Map.of(), "", args);
  }

  /** Runs it as in a pipe, with these variables and this input. */
  static Ran with(Map<String, String> environment, String input, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code = Main.run(args, bytes(input), out, err, environment);
    return new Ran(code, text(out), text(err));
  }

  /** Runs it as on a terminal on which the input is typed. */
  static Ran onTerminal(Map<String, String> environment, String input, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            bytes(input),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            true,
            true,
            true,
            environment);
    int code = Main.run(args, terminal);
    terminal.flush();
    return new Ran(code, text(out), text(err));
  }

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
