package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trees of digests of the images in the store, by which the kernel checks each block that is read.
 * They are made on the device: what a tree is follows from the image.
 *
 * <p>Safe for use by many threads.
 */
final class VerityTrees {

  private static final Logger LOG = LoggerFactory.getLogger(VerityTrees.class);

  private final Path images;
  private final StoredManifests manifests;
  private final DurableFiles files;

  private final Map<Sha256, Known> known = new ConcurrentHashMap<>();

  /** What a tree came to when it was read. */
  private record Known(FileStamp stamp, String rootHash) {}

  VerityTrees(Path images, StoredManifests manifests, DurableFiles files) {
    this.images = images;
    this.manifests = manifests;
    this.files = files;
  }

  /**
   * The root hash that the tree of an image comes to, in hexadecimal; empty if there is none, or
   * not one of this image. It is read once, and again when the kernel has stamped a change on it.
   */
  String rootHash(Sha256 digest) {
    Path tree = file(digest);
    try {
      FileStamp stamp = FileStamp.of(tree);
      Known before = known.get(digest);
      if (before != null && before.stamp().equals(stamp)) {
        return before.rootHash();
      }
      String found =
          VerityTree.rootOf(image(digest), manifests.content(digest), tree)
              .map(Sha256::hex)
              .orElse("");
      known.put(digest, new Known(stamp, found));
      return found;
    } catch (IOException e) {
      known.remove(digest);
      return "";
    }
  }

  /**
   * Makes the tree of an image that is in the store and whole, unless it is there.
   *
   * @param declared root hash that it must have, in hexadecimal
   * @param place for the tree while it is made, on the same disk
   * @return refused if the image has another root hash; nothing is left of the tree then
   */
  Stored make(Sha256 digest, String declared, Path place) throws IOException {
    if (rootHash(digest).equals(declared)) {
      return new Stored.Kept(ImageStore.path(digest), false);
    }
    String made;
    try {
      made = VerityTree.write(image(digest), manifests.content(digest), place).hex();
      if (made.equals(declared)) {
        PartialImage.move(place, file(digest));
      }
    } finally {
      files.remove(place);
    }
    if (!made.equals(declared)) {
      return new Stored.Refused(
          "image %s has the root hash %s, not the declared %s: write image.rootHash: %s, or supply the image that was meant"
              .formatted(digest.abbreviated(), made, declared, made));
    }
    LOG.info("image={} action=tree-made rootHash={}", digest.abbreviated(), made);
    return new Stored.Kept(ImageStore.path(digest), true);
  }

  void remove(Sha256 digest) throws IOException {
    known.remove(digest);
    if (Files.exists(file(digest), LinkOption.NOFOLLOW_LINKS)) {
      files.remove(file(digest));
    }
  }

  private Path image(Sha256 digest) {
    return images.resolve(ImageNames.of(digest));
  }

  private Path file(Sha256 digest) {
    return images.resolve(ImageNames.treeOf(digest));
  }
}
