package dev.sandbar.cli;

import dev.sandbar.cli.document.DocumentException;
import dev.sandbar.cli.fleet.FleetException;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.cli.terminal.Wrap;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a person sees when a command fails: what is wrong and how to fix it; no stack trace. */
record ErrorMessages(Terminal terminal)
    implements IExecutionExceptionHandler, IParameterExceptionHandler {

  /** The variable that asks for stack traces. */
  static final String DEBUG = "SANDBAR_DEBUG";

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    String name = line.getCommandSpec().qualifiedName();
    if (e instanceof UnmatchedArgumentException unmatched) {
      unmatched(unmatched, line);
    } else {
      tell(text(e).lines().findFirst().orElse("wrong usage"));
    }
    help("Usage: " + name + " --help");
    trace(e);
    return ExitCode.ERROR;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
    return failed(e);
  }

  /** Says why a command could not do its work. */
  int failed(Exception e) {
    switch (e) {
      case CommandException known -> {
        tell(text(known));
        help(known.help());
        trace(e);
        return known.exitCode();
      }
      case FleetException fleet -> {
        tell(text(fleet));
        help(fleet.help());
      }
      case UncheckedIOException wrapped when wrapped.getCause() != null -> file(wrapped.getCause());
      case IOException io -> file(io);
      case SystemdException systemd -> tell(text(systemd));
      case DocumentException document -> tell(text(document));
      default -> {
        if (Playground.find().filter(playground -> playground.explains(e)).isEmpty()) {
          return fault(e);
        }
        tell(text(e));
      }
    }
    trace(e);
    return ExitCode.ERROR;
  }

  /** Reports something that the user cannot fix. */
  int fault(Throwable e) {
    tell("this is a fault of Sandbar: " + e);
    help("Run it again with " + DEBUG + "=1 to see where, and report it");
    trace(e);
    return ExitCode.ERROR;
  }

  private void unmatched(UnmatchedArgumentException e, CommandLine line) {
    String word = e.getUnmatched().getFirst();
    boolean option = word.startsWith("-");
    boolean command = !option && !line.getSubcommands().isEmpty();
    String what = option ? "option" : command ? "command" : "further argument";
    tell("there is no " + what + " " + word);
    var names = new ArrayList<String>();
    if (option) {
      line.getCommandSpec().options().forEach(o -> names.addAll(List.of(o.names())));
      word = word.replaceFirst("=.*", "");
    } else {
      names.addAll(line.getSubcommands().keySet());
    }
    help(Similar.help(word, names).strip());
  }

  private void file(IOException e) {
    switch (e) {
      case NoSuchFileException missing -> tell(missing.getFile() + ": there is no such file");
      case AccessDeniedException denied -> {
        tell(denied.getFile() + ": permission denied");
        help("Run the same command as root, for example with sudo");
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

  private void help(String text) {
    if (!text.isEmpty()) {
      terminal.err().println(Wrap.indented(text, "  ", Terminal.WIDTH));
    }
  }

  private void trace(Throwable e) {
    if (terminal.variable(DEBUG).equals("1")) {
      e.printStackTrace(terminal.err());
    }
  }
}
