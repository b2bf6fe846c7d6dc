package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Root;
import java.util.List;

/**
 * An image of which the kernel checks each block when it is read (systemd.exec(5), RootHash).
 *
 * <p>By itself a root hash is no check: systemd mounts an image of which it finds no tree as it is,
 * unless RootImagePolicy forbids it.
 */
final class VerityLines {

  static final String BECAUSE = "image.rootHash";

  private static final String POLICY = "root=verity";

  private VerityLines() {}

  static void write(Draft draft, AppSpec app) {
    if (app.root() instanceof Root.Image image && image.checked()) {
      draft.service("RootVerity", EscapedText.raw(ImageStorePath.treeOf(image.digest())), BECAUSE);
      draft.service("RootHash", EscapedText.words(List.of(image.rootHash())), BECAUSE);
      draft.service("RootImagePolicy", EscapedText.raw(POLICY), BECAUSE);
    }
  }
}
