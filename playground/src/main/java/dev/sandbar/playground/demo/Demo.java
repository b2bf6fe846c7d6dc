package dev.sandbar.playground.demo;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.Prerequisites.Lack;
import dev.sandbar.vdev.VirtualDeviceException;
import dev.sandbar.vdev.image.AppImageException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * The whole loop on one virtual device, from a Git commit to an enforced sandbox, and drift seen.
 */
public final class Demo {
  private final Terminal terminal;
  private final SandbarCommand sandbar;
  private final Story story;

  /**
   * Prepares the telling.
   *
   * @param terminal for progress
   * @param narration where the story goes, as it happens
   * @param sandbar the command that the story shows
   */
  public Demo(Terminal terminal, PrintStream narration, Paint paint, SandbarCommand sandbar) {
    this.terminal = terminal;
    this.sandbar = sandbar;
    this.story = new Story(new Narrator(narration, paint));
  }

  /**
   * Tells it.
   *
   * @param keep whether the device outlives the story
   * @return whether every step came out as described
   */
  public boolean tell(boolean keep) throws IOException {
    try {
      story.prose("Sandbar: from a Git commit to an enforced sandbox, and drift seen.");
      story.chapter("This machine");
      var workbench = new Workbench(terminal, story);
      List<Lack> lacks = workbench.prepare();
      if (lacks.isEmpty()) {
        play(workbench, keep);
      } else {
        new Reduced(story, sandbar).tell(lacks);
      }
    } catch (Story.Broken | VirtualDeviceException | AppImageException e) {
      if (Stage.ending()) {
        return false;
      }
      story.wrong("end", String.valueOf(e.getMessage()));
    }
    story.close();
    return story.asTold();
  }

  private void play(Workbench workbench, boolean keep) throws IOException {
    var images = workbench.build();
    AgentProgram agent = AgentProgram.ofThisProcess();
    story.chapter("A device, and a repository that says what runs on it");
    try (var stage = Stage.build(keep, images, agent);
        var inbox = AlertInbox.open(stage.network())) {
      story.step(
          "boot",
          "the virtual device '%s' booted a real systemd %d as process 1"
              .formatted(stage.device().name(), Workbench.SUITE.systemd()));
      var status = new AgentStatus(stage.device());
      FleetRepository fleet = new Opening(story, sandbar, stage, status).tell(images, agent);
      new Attacks(story, stage).tell();
      new GrantAct(story, sandbar, stage, status, fleet).tell();
      new Tampering(story, stage, status, fleet, inbox).tell();
      story.chapter("The end");
      if (keep) {
        stage.keep();
        kept(stage);
      } else {
        story.mark();
        stage.close();
        story.step("end", "device, network and repository are gone; nothing is left behind");
      }
    }
  }

  private void kept(Stage stage) {
    String id = stage.device().id();
    story.step("kept", "the device runs on. Look around:");
    story.prose(
        """
        sandbar device exec %s systemctl list-units 'sandbar-*'
        sandbar device exec %s journalctl -u sandbard.service
        sandbar device shell %s
        sandbar plan %s --device %s
        git -C %s log
        When you have seen enough: sandbar demo --end"""
            .formatted(id, id, id, stage.repository(), id, stage.repository()));
  }

  /** Ends a device that an earlier telling kept; false if there is none. */
  public static boolean end() {
    boolean there = Stage.isKept();
    Stage.endKept();
    return there;
  }

  /** What happened, as a document. */
  public Node document() {
    return story.document();
  }
}
