package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** From an empty device to three apps that run. */
final class Opening {
  static final List<String> APPS = List.of("broker", "uplink", "visitor");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /**
   * One line an app: name, main process, its user and uid, root image, exposure of 0.0 (safe) to
   * 10.0.
   */
  private static final String WHO =
      """
      for app in "$@"; do
        unit=sandbar-$app.service
        pid=$(systemctl show -P MainPID $unit)
        image=$(systemctl show -P RootImage $unit)
        exposure=$(systemd-analyze security --no-pager $unit | sed -n 's/.*exposure level for [^:]*: \\([0-9.]*\\) .*/\\1/p')
        echo "$app $(ps -o user:32= -o uid= -p $pid) ${image##*/} ${exposure:-?}"
      done
      """;

  private final Story story;
  private final SandbarCommand sandbar;
  private final Stage stage;
  private final AgentStatus status;

  Opening(Story story, SandbarCommand sandbar, Stage stage, AgentStatus status) {
    this.story = story;
    this.sandbar = sandbar;
    this.stage = stage;
    this.status = status;
  }

  FleetRepository tell(Map<String, AppImage> images, AgentProgram agent) throws IOException {
    FleetRepository fleet = FleetRepository.create(stage.repository(), images);
    story.step(
        "repository",
        "a Git repository declares three apps, commit " + fleet.head().substring(0, 8));
    plan(story, sandbar, stage);
    startAgent(agent);
    String head = fleet.head();
    if (!status.await(LIMIT, seen -> seen.allRun(APPS.size(), head))) {
      throw new Story.Broken("the apps do not run: " + status.now().ails());
    }
    story.step("apps", "all three run, and systemd and the kernel were read back: as declared");
    who();
    return fleet;
  }

  /** Shows what the plan command says of the repository now. */
  static void plan(Story story, SandbarCommand sandbar, Stage stage) {
    SandbarCommand.Said said =
        sandbar.run(
            List.of("plan", stage.repository().toString(), "--device", stage.device().id()));
    story.quote("sandbar plan fleet/ --device " + stage.device().name(), said.out());
    story.step(
        "plan",
        said.exitCode() == 2,
        said.exitCode() == 2 ? "nothing has changed yet" : said.err());
  }

  private void startAgent(AgentProgram agent) {
    var device = stage.device();
    device.write("/etc/sandbar/agent.yaml", AlertInbox.settings());
    device.write("/etc/systemd/system/" + AgentProgram.UNIT, agent.unit(Stage.FLEET));
    device.exec("systemctl", "daemon-reload").orThrow();
    story.mark();
    device.exec("systemctl", "enable", "--now", AgentProgram.UNIT).orThrow();
    if (!status.await(LIMIT, AgentStatus.Seen::there)) {
      throw new Story.Broken(
          "the agent did not start: "
              + device
                  .exec("journalctl", "-u", AgentProgram.UNIT, "-n", "20", "-o", "cat")
                  .stdout());
    }
    story.step("agent", "the agent runs on the device and follows the repository");
  }

  private void who() {
    var command = new ArrayList<>(List.of("sh", "-c", WHO, "who"));
    command.addAll(APPS);
    String said = stage.device().exec(LIMIT, command.toArray(String[]::new)).orThrow();
    var table = new Table("APP", "DYNAMIC USER", "UID", "ROOT IMAGE", "EXPOSURE");
    var apps = new ArrayList<Node>();
    boolean asTold = true;
    for (String line : said.lines().toList()) {
      String[] field = line.strip().split(" +", -1);
      if (field.length != 5) {
        throw new Story.Broken("cannot tell who runs: " + line);
      }
      long uid = Long.parseLong(field[2]);
      // systemd's range of dynamic users, systemd.exec(5).
      asTold &= uid >= 61184 && uid <= 65519;
      table.row(
          Cell.of(field[0], Style.STRONG),
          Cell.of(field[1]),
          Cell.of(field[2]),
          Cell.of(shortened(field[3])),
          Cell.of(field[4] + " of 10", Style.GOOD));
      apps.add(
          new MappingBuilder()
              .put("app", field[0])
              .put("user", field[1])
              .put("uid", uid)
              .put("image", field[3])
              .put("exposure", field[4])
              .build());
    }
    story.table(table);
    story.part("apps", Node.list(apps));
    story.step(
        "users", asTold, "each from a squashfs image, as a user that exists only while it runs");
  }

  private static String shortened(String image) {
    return image.matches("sha256-[0-9a-f]{64}\\..*") ? image.substring(0, 19) + "..." : image;
  }
}
