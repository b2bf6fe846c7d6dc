package dev.sandbar.core.plan;

/**
 * An image in the store of a device whose content is what its digest says.
 *
 * @param path on the device
 * @param rootHash that the dm-verity tree beside it comes to, in hexadecimal; empty if there is no
 *     tree, or not one of this image
 */
public record StoredImage(String path, String rootHash) {

  /** One without a tree. */
  public static StoredImage plain(String path) {
    return new StoredImage(path, "");
  }
}
