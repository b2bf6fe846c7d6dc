package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar events}. */
@Command(
    name = "events",
    description = {
      "Show what happened to the apps of this device, newest last.",
      "",
      "The agent records what is applied, refused, rolled back, removed, suspended"
          + " and resumed, and when drift begins and ends. It keeps the last 200 events"
          + " since boot; its log goes back further: journalctl -u sandbard.",
      "Exit code: 0 shown; 1 no agent, or no such app."
    },
    footer = {
      "  sandbar events",
      "  sandbar events pump               of one app",
      "  sandbar events -o json",
      "  sandbar logs pump                 the app's own output"
    })
final class EventsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = RecordedEvent.DEFAULT,
      description = "File in which the agent records events.")
  private Path file = Path.of(RecordedEvent.DEFAULT);

  @Parameters(arity = "0..1", paramLabel = "APP", description = "Only events of this app.")
  private String app = "";

  EventsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    List<RecordedEvent> events = RecordedEvent.read(file, app);
    if (events.isEmpty()) {
      // Nothing of an app that is there is an answer; nothing of one that is not is a mistake.
      StatusFile status =
          StatusFile.read(
              file.resolveSibling(Path.of(StatusFile.DEFAULT).getFileName()), Instant.now());
      if (!app.isEmpty()) {
        status.known(app);
      }
    }
    RecordedEvent.print(printer, events);
    return ExitCode.OK;
  }
}
