package dev.sandbar.playground;

import dev.sandbar.cli.Main;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.source.text.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
    return on(false, environment, input, args);
  }

  /** Runs it as on a terminal on which the input is typed. */
  static Ran onTerminal(Map<String, String> environment, String input, String... args) {
    return on(true, environment, input, args);
  }

  private static Ran on(
      boolean tty, Map<String, String> environment, String input, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            tty,
            tty,
            tty,
            environment);
    int code = Main.run(args, terminal);
    terminal.flush();
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** What it printed for machines. */
  Fields json() {
    return Fields.of(
        JsonReader.read("output", out.getBytes(StandardCharsets.UTF_8)).documents().getFirst());
  }
}
