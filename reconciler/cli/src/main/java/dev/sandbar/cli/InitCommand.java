package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar init}. */
@Command(
    name = "init",
    description = {
      "Create a repository: one app with comments, and the settings for a device"
          + " that follows it.",
      "",
      "Nothing is overwritten: if one of the files exists, none is written.",
      "Exit code: 0 written; 1 a file is in the way."
    },
    footer = {
      "  sandbar init fleet && cd fleet && git init",
      "  sandbar validate fleet/apps/",
      "  sandbar plan fleet/apps/"
    })
final class InitCommand implements Callable<Integer> {
  private static final String APP =
      """
      # One app. Every field: docs/appsandbox.md; every permission: sandbar explain
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata:
        name: hello
      spec:
        # Which devices run it, by the labels in their agent.yaml; all of them unless given.
        # devices: {matchLabels: {site: berlin}}
        run:
          command: [/usr/bin/sleep, infinity]
        # What it may do. Whatever is not named is withheld: network, devices, state, other files.
        permissions:
          state: true                # a directory of its own: /var/lib/sandbar-hello
          # internet: true
          # ports: [{name: web, port: 8080}]
        # What happens when something on the device changes it: Detect reports, Correct also reverts.
        drift: {mode: Correct}
      """;

  private static final String AGENT =
      """
      # For a device that follows this repository: copy to /etc/sandbar/agent.yaml there, fill in the
      # address, then: systemctl enable --now sandbard
      apiVersion: sandbar.dev/v1alpha1
      kind: AgentConfig
      labels: {site: berlin}         # selectors of apps are matched against these
      git:
        url: https://git.example.com/fleet.git
        ref: main
        path: apps
        interval: 1m
        # tokenFile: /etc/sandbar/git.token
      """;

  private static final SequencedMap<String, String> FILES =
      new LinkedHashMap<>(Map.of("apps/hello.yaml", APP));

  static {
    FILES.put("agent.yaml", AGENT);
  }

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Directory (default: the current one). Created if it does not exist.")
  private Path directory = Path.of(".");

  InitCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    for (String name : FILES.keySet()) {
      Path file = directory.resolve(name);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new CommandException(
            file + " exists already, and nothing was written",
            "Choose another directory: sandbar init DIR");
      }
    }
    Printer printer = new OutputOptions().printer(terminal, common);
    for (Map.Entry<String, String> entry : FILES.entrySet()) {
      Path file = directory.resolve(entry.getKey());
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(
          file,
          entry.getValue().getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      printer.line(printer.style(Style.GOOD, "written  ") + file);
    }
    Path apps = directory.resolve("apps");
    printer.line();
    printer.line("Next:");
    printer.line("  sandbar validate " + apps);
    printer.line("  sandbar explain " + apps.resolve("hello.yaml"));
    printer.line("  sandbar plan " + apps);
    return ExitCode.OK;
  }
}
