package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppSpec.Root;
import java.util.List;

/** Whether the store holds the declared image, with that very content. */
final class ImageLayer {

  private ImageLayer() {}

  static void compare(CompiledApp desired, Observation seen, List<Difference> out) {
    switch (desired.spec().root()) {
      case Root.Host _ -> {}
      case Root.Image image -> {
        if (!seen.images().containsKey(image.digest().hex())) {
          out.add(
              new Difference(
                  desired.unit(),
                  new Subject.Image(),
                  "sha256 " + image.digest().abbreviated(),
                  "not in the store, or not with this content"));
        }
      }
    }
  }
}
