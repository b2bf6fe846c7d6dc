package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppSandbox.Root;
import dev.sandbar.core.plan.Plan;
import java.util.HashSet;
import java.util.Set;

/** Which images a plan may remove. */
final class KeptImages {

  private KeptImages() {}

  /**
   * A version that proved itself keeps its image, and so does one that waits for its next try. A
   * look at a few apps says nothing of the others' images, and neither does half a source.
   *
   * @param certain whether all apps were looked at and all are declared
   * @param good digests of the images of versions that proved themselves
   */
  static Plan keep(Plan plan, Declared declared, boolean certain, Set<String> good) {
    var needed = new HashSet<>(good);
    for (Compilation compilation : declared.compiled().values()) {
      if (compilation instanceof Compilation.Compiled(var app, _)) {
        needed.add(image(app));
      }
    }
    return new Plan(
        plan.steps().stream()
            .filter(
                step ->
                    !(step instanceof Plan.RemoveImage(var digest, _))
                        || (certain && !needed.contains(digest.hex())))
            .toList());
  }

  /** Digest of the image of an app; empty if it has none. */
  static String image(CompiledApp app) {
    return app.spec().root() instanceof Root.Image image ? image.digest().hex() : "";
  }
}
