package dev.sandbar.e2e;

import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the agent of a virtual device says of its work, wherever that agent runs. */
interface Reported extends ReportedStatus {

  /** The device that it looks after. */
  VirtualDevice device();

  @Override
  default Node status() throws IOException {
    Path file = device().root().resolve("run/sandbar/status.json");
    if (!Files.exists(file)) {
      return Node.mapping(List.of());
    }
    return LastText.read("status.json", Files.readAllBytes(file));
  }
}
