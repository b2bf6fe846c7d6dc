package dev.sandbar.operator.app;

import dev.sandbar.report.OneLine;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The operator's process. */
public final class OperatorMain {
  private static final String DEBUG = "SANDBAR_DEBUG";

  private OperatorMain() {}

  /** Runs until a signal; ends the process with 0 then, and with 1 if it cannot go on. */
  public static void main(String[] args) {
    if (debug()) {
      // Read by logback.xml, and therefore before anything logs.
      System.setProperty("sandbar.log", "stack");
    }
    System.exit(line(System.err).execute(args));
  }

  /** The command, for the process and for tests. */
  static CommandLine line(PrintStream err) {
    return new CommandLine(new OperatorCommand())
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler((e, _) -> wrongUsage(e, err))
        .setExecutionExceptionHandler((e, _, _) -> failed(e, err));
  }

  private static int wrongUsage(ParameterException e, PrintStream err) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("wrong usage");
    err.println("sandbar-operator: " + message);
    err.println("  sandbar-operator --help shows what there is");
    return 1;
  }

  private static int failed(Exception e, PrintStream err) {
    err.println("sandbar-operator: " + OneLine.of(e));
    if (e instanceof StartException known) {
      err.println("  " + known.help());
    }
    if (debug()) {
      e.printStackTrace(err);
    }
    return 1;
  }

  private static boolean debug() {
    return "1".equals(System.getenv(DEBUG));
  }
}
