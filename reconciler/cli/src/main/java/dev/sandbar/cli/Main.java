package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** The {@code sandbar} command. */
public final class Main {
  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    Terminal terminal = Terminal.ofProcess();
    int code = run(args, terminal);
    terminal.flush();
    System.exit(code);
  }

  /**
   * Runs the command in this process, with streams that are no terminals.
   *
   * @param environment the variables that the command sees
   * @return the exit code: 0, 1 or 2
   */
  public static int run(
      String[] args,
      InputStream in,
      OutputStream out,
      OutputStream err,
      Map<String, String> environment) {
    Terminal terminal = Terminal.piped(in, out, err, environment);
    try {
      return run(args, terminal);
    } finally {
      terminal.flush();
    }
  }

  /** Runs the command in this process; returns its exit code. */
  public static int run(String[] args, Terminal terminal) {
    if (args.length == 1 && args[0].equals("agent")) {
      return agent(terminal);
    }
    Logs.ofCommand();
    String[] line = CommandTree.helpRewritten(args);
    try {
      return CommandTree.of(line, terminal).execute(line);
    } catch (StackOverflowError | AssertionError | LinkageError e) {
      return new ErrorMessages(terminal).fault(e);
    }
  }

  /**
   * The agent as its service starts it, without options. There is nothing to parse, and the parser
   * alone would take a quarter of the time that a small device needs to start.
   */
  private static int agent(Terminal terminal) {
    try {
      return new AgentCommand(terminal).call();
    } catch (Exception e) {
      return new ErrorMessages(terminal).failed(e);
    } catch (StackOverflowError | AssertionError | LinkageError e) {
      return new ErrorMessages(terminal).fault(e);
    }
  }
}
