package dev.sandbar.playground.demo;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.Prerequisites.Lack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What can be shown where no device can be booted: what needs no device. */
final class Reduced {
  private final Story story;
  private final SandbarCommand sandbar;

  Reduced(Story story, SandbarCommand sandbar) {
    this.story = story;
    this.sandbar = sandbar;
  }

  void tell(List<Lack> lacks) throws IOException {
    story.prose("No virtual device can be booted here, because:");
    Workbench.lines(lacks).forEach(story::point);
    story.prose("What follows is what can be shown without one; long lines are cut.");
    story.part("missing", Node.list(Workbench.lines(lacks).map(Node::text).toList()));
    Path folder = Files.createTempDirectory("sandbar-demo-");
    Path app = folder.resolve("uplink.yaml");
    Path observation = folder.resolve("device.json");
    try {
      Files.writeString(app, FleetRepository.resource("uplink.yaml"));
      Files.writeString(observation, FleetRepository.resource("device.json"));
      story.chapter("A permission, and what it means");
      show("explain", "ACCESS_INTERNET=no", List.of("explain", "ACCESS_INTERNET=no"), 0);
      story.chapter("An app, compiled to a systemd unit");
      show(
          "compile",
          "uplink.yaml",
          List.of("compile", app.toString(), "--facts", observation.toString()),
          0);
      story.chapter("A plan against a device as it was once observed");
      show(
          "plan",
          "uplink.yaml --set ACCESS_INTERNET=yes --observation seen.json",
          List.of(
              "plan",
              app.toString(),
              "--set",
              "ACCESS_INTERNET=yes",
              "--observation",
              observation.toString()),
          2);
    } finally {
      Files.deleteIfExists(app);
      Files.deleteIfExists(observation);
      Files.deleteIfExists(folder);
    }
  }

  private void show(String command, String told, List<String> arguments, int expected) {
    SandbarCommand.Said said = sandbar.run(arguments);
    story.quote("sandbar " + command + " " + told, cut(said.out()));
    boolean asTold = said.exitCode() == expected;
    story.step(command, asTold, asTold ? "no device was needed for that" : said.err());
  }

  private static String cut(String output) {
    return output
        .lines()
        .map(
            line ->
                line.length() <= Terminal.WIDTH
                    ? line
                    : line.substring(0, Terminal.WIDTH - 4) + " ...")
        .collect(Collectors.joining("\n"));
  }
}
