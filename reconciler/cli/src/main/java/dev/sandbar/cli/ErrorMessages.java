package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.cli.terminal.Wrap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a person is told when a command fails: what is wrong, and the mend; no stack trace. */
record ErrorMessages(Terminal terminal)
    implements IExecutionExceptionHandler, IParameterExceptionHandler {

  /** The variable that asks for stack traces. */
  static final String DEBUG = "SANDBAR_DEBUG";

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    String name = line.getCommandSpec().qualifiedName();
    tell(text(e).lines().findFirst().orElse("wrong usage"));
    var nearest =
        e instanceof UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions().stream().limit(3).toList()
            : java.util.List.<String>of();
    if (!nearest.isEmpty()) {
      mend("Did you mean " + String.join(" or ", nearest) + "?");
    }
    mend("Usage: " + name + " --help");
    trace(e);
    return ExitCode.ERROR;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
    switch (e) {
      case CommandException known -> {
        tell(text(known));
        mend(known.mend());
      }
      case UncheckedIOException wrapped when wrapped.getCause() != null -> file(wrapped.getCause());
      case IOException io -> file(io);
      case dev.sandbar.device.systemd.SystemdException systemd -> tell(text(systemd));
      default -> {
        tell("this is a fault of Sandbar: " + e);
        mend("Run it again with " + DEBUG + "=1 to see where, and report it");
      }
    }
    trace(e);
    return ExitCode.ERROR;
  }

  private void file(IOException e) {
    switch (e) {
      case NoSuchFileException missing -> tell(missing.getFile() + ": there is no such file");
      case AccessDeniedException denied -> {
        tell(denied.getFile() + ": permission denied");
        mend("Run the same command as root, for example with sudo");
      }
      case FileAlreadyExistsException exists -> tell(exists.getFile() + ": exists already");
      default -> tell(text(e));
    }
  }

  private static String text(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  private void tell(String message) {
    terminal.err().println(Wrap.hanging("sandbar: ", message, Terminal.WIDTH));
  }

  private void mend(String text) {
    if (!text.isEmpty()) {
      terminal.err().println(Wrap.indented(text, "  ", Terminal.WIDTH));
    }
  }

  private void trace(Exception e) {
    if (terminal.variable(DEBUG).equals("1")) {
      e.printStackTrace(terminal.err());
    }
  }
}
