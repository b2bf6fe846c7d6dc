package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes the manual pages, for packages. */
@Command(
    name = "man-pages",
    hidden = true,
    description = "Write a manual page for each command.",
    footer = {"  sandbar man-pages /usr/local/share/man/man1"})
final class ManCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "DIR", description = "The folder to write to. It must exist.")
  private Path folder = Path.of("");

  ManCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    for (Map.Entry<String, String> page : ManPage.all(CommandTree.whole(terminal)).entrySet()) {
      Files.writeString(folder.resolve(page.getKey()), page.getValue());
    }
    return ExitCode.OK;
  }
}
