package dev.sandbar.device.agent;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;

/** Where in its manifest the cause of a failed step stands. */
final class Places {

  private Places() {}

  /** As the beginning of a message: "file:line:column: ". */
  static String of(Target.Run run, String step) {
    Node spec = run.version().manifest().fields().get("spec");
    Node part = spec == null ? null : spec.fields().get(step.equals("image") ? "image" : "run");
    Location at = part == null ? run.app().spec().at() : part.at();
    return at + ": ";
  }
}
