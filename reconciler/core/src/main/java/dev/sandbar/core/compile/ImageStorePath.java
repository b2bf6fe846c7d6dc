package dev.sandbar.core.compile;

import dev.sandbar.core.model.Sha256;

/** Where images are stored on a device: by content, so another image is another path. */
public final class ImageStorePath {

  /** The folder of the store. */
  public static final String FOLDER = "/var/lib/sandbar/images";

  private ImageStorePath() {}

  /** The path of the image with this digest. */
  public static String of(Sha256 digest) {
    return FOLDER + "/sha256-" + digest.hex() + ".raw";
  }

  /** The path of the tree of digests of the image with this digest (dm-verity). */
  public static String treeOf(Sha256 digest) {
    return FOLDER + "/sha256-" + digest.hex() + ".verity";
  }
}
