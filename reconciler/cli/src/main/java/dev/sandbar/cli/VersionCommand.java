package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar version}. */
@Command(
    name = "version",
    description = {
      "Show the version of this program, and of the agent of this device if one runs.",
      "",
      "Exit code: 0, with or without an agent."
    },
    footer = {"  sandbar version", "  sandbar version -o json"})
final class VersionCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = StatusFile.DEFAULT,
      description = "File in which the agent writes its status.")
  private Path file = Path.of(StatusFile.DEFAULT);

  VersionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    String program = RootCommand.Version.program();
    String platform = RootCommand.Version.platform();
    String agent = agent();
    if (printer.machine()) {
      printer.node(
          Envelope.of("Version")
              .put(
                  "client",
                  new MappingBuilder().put("version", program).put("platform", platform).build())
              .put(
                  "agent",
                  new MappingBuilder()
                      .put("running", !agent.isEmpty())
                      .put("version", agent)
                      .build())
              .build());
    } else {
      printer.line("client: " + program + " (" + platform + ")");
      printer.line("agent:  " + (agent.isEmpty() ? "none reports on this machine" : agent));
    }
    return ExitCode.OK;
  }

  /** Empty if none runs. */
  private String agent() throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    return Optional.of(StatusFile.read(file, Instant.now()))
        .filter(status -> !status.stale())
        .map(status -> status.agent("version"))
        .map(version -> version.isEmpty() ? "of a version that does not say it" : version)
        .orElse("");
  }
}
