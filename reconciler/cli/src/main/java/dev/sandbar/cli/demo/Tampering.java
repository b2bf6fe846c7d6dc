package dev.sandbar.cli.demo;

import java.io.IOException;

/** Somebody changes the device by hand. */
final class Tampering {
  private final Story story;
  private final Stage stage;
  private final AgentStatus status;
  private final FleetRepository fleet;

  Tampering(Story story, Stage stage, AgentStatus status, FleetRepository fleet) {
    this.story = story;
    this.stage = stage;
    this.status = status;
    this.fleet = fleet;
  }

  void tell() throws IOException {
    story.chapter("Tampering");
  }
}
