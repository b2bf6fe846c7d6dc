package dev.sandbar.device.agent;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.Optional;

/** Where in its manifest the cause of a failed step stands. */
final class Places {

  private Places() {}

  /** As the beginning of a message: "file:line:column: ". */
  static String of(Target.Run run, String step) {
    Location at =
        Optional.ofNullable(run.version().manifest().fields().get("spec"))
            .map(spec -> spec.fields().get(step.equals("image") ? "image" : "run"))
            .map(Node::at)
            .orElseGet(() -> run.app().spec().at());
    return at + ": ";
  }
}
