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
        StoredImage stored = seen.images().get(image.digest().hex());
        if (stored == null) {
          out.add(
              new Difference(
                  desired.unit(),
                  new Subject.Image(),
                  "sha256 " + image.digest().abbreviated(),
                  "not in the store, or not with this content"));
        } else if (image.checked() && !stored.rootHash().equals(image.rootHash())) {
          out.add(
              new Difference(
                  desired.unit(),
                  new Subject.Image(),
                  "dm-verity tree with the root hash " + image.rootHash(),
                  stored.rootHash().isEmpty()
                      ? "not in the store, or damaged"
                      : "root hash " + stored.rootHash()));
        }
      }
    }
  }
}
