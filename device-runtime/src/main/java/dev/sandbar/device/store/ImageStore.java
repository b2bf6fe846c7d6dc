package dev.sandbar.device.store;

import dev.sandbar.core.model.ImagePlace;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Root images by the digest of their content. An image is never changed in place: a running app has
 * it mounted, and the page cache would hide the change from it for a while. Another image is
 * another file.
 *
 * <p>Safe for use by many threads.
 */
public final class ImageStore {

  /** Where the images are on a device. */
  public static final String DIRECTORY = "/var/lib/sandbar/images";

  /** The largest image unless set otherwise, in bytes. */
  public static final long DEFAULT_LIMIT = 4L << 30;

  private static final Logger LOG = LoggerFactory.getLogger(ImageStore.class);

  private static final String READ_ONLY = "r--r--r--";

  private final Path root;
  private final Path directory;
  private final long limit;
  private final DurableFiles files;

  /** Stamps of the files whose content has been hashed and was right. */
  private final Map<Sha256, FileStamp> verified = new ConcurrentHashMap<>();

  private final PromisedRoom promised = new PromisedRoom();
  private final ImageQuota quota;
  private final DiskRoom room;
  private final StoredManifests manifests;
  private final VerityTrees trees;

  /** The store of a device, with the usual limit. */
  public ImageStore(Path root) {
    this(root, DEFAULT_LIMIT, new DurableFiles());
  }

  ImageStore(Path root, long limit, DurableFiles files) {
    this.root = root;
    this.directory = root.resolve(DIRECTORY.substring(1));
    this.limit = limit;
    this.files = files;
    this.quota = new ImageQuota(directory, root.resolve(PartialImage.DIRECTORY.substring(1)));
    this.room = new DiskRoom(directory, DIRECTORY, promised, quota);
    this.manifests = new StoredManifests(directory, files);
    this.trees = new VerityTrees(directory, manifests, files);
  }

  /**
   * Limits what all images may have together, from now on.
   *
   * @param maxUse in bytes
   */
  public void limitUse(long maxUse) {
    quota.set(maxUse);
  }

  /** What came of adding an image. */
  public sealed interface Stored {
    /**
     * The image is in the store.
     *
     * @param path on the device
     * @param added false if it was there before
     */
    record Kept(String path, boolean added) implements Stored {}

    /** It is not; the message says why and what to do. */
    record Refused(String message) implements Stored {}
  }

  /** The path of an image on the device, there or not. */
  public static String path(Sha256 digest) {
    return DIRECTORY + "/" + ImageNames.of(digest);
  }

  /**
   * Copies an image into the store, unless it is there and whole.
   *
   * @param source absolute path on the device of a regular file; never followed if it is a link
   */
  public Stored add(String source, Sha256 digest) {
    try {
      return copied(source, digest);
    } catch (InvalidPathException e) {
      return new Stored.Refused(
          "image %s: the agent's locale has no such characters; start it with LC_ALL=C.UTF-8, or rename the file"
              .formatted(SafeText.shown(source)));
    }
  }

  /**
   * What has arrived so far of an image that is fetched over a network, to go on with it.
   *
   * @param content of the file
   * @throws IOException if somebody else fetches it, or it cannot be read
   */
  public PartialImage partial(Sha256 content) throws IOException {
    return partial(content, "");
  }

  /**
   * The same, of which every byte is from one place.
   *
   * @param place from where; empty if that does not matter
   */
  public PartialImage partial(Sha256 content, String place) throws IOException {
    var there = new DiskRoom(downloads(), PartialImage.DIRECTORY, promised, quota);
    return PartialImage.open(root, content, place, limit, there);
  }

  /** Throws if the disk is too full to go on writing. */
  public void requireReserve() throws IOException {
    room.requireReserve();
  }

  /** A place for an image that is made on this device; nothing is there. */
  public Path packing(Sha256 digest) throws IOException {
    Path place = downloads().resolve(PartialImage.PACKING + digest.hex());
    files.remove(place);
    return place;
  }

  /**
   * Takes in an image that was made on this device of the layers of a container image.
   *
   * @param packed where it is
   * @param digest by which specs name it
   * @param chain of manifests that lead from that digest to the layers
   */
  public Stored takePacked(Path packed, Sha256 digest, List<byte[]> chain) throws IOException {
    manifests.write(digest, chain);
    try (FileChannel in = RegularFile.open(packed)) {
      manifests.writePacked(digest, new Sha256(hash(in, _ -> {})));
    }
    PartialImage.move(packed, onDisk(digest));
    return taken(digest, onDisk(digest).toFile().length());
  }

  /**
   * Takes in an image that has arrived.
   *
   * @param digest by which specs name it
   * @param chain of manifests that lead from that digest to the file; empty if it is the file's own
   * @throws IOException if its content is wrong; nothing is left of it then
   */
  public Stored take(PartialImage image, Sha256 digest, List<byte[]> chain) throws IOException {
    manifests.write(digest, chain);
    PartialImage.move(image.file(), onDisk(digest));
    return taken(digest, image.size());
  }

  private Path downloads() throws IOException {
    Path folder = root.resolve(PartialImage.DIRECTORY.substring(1));
    files.makeDirectories(directory, "rwxr-xr-x");
    files.makeDirectories(folder, "rwx------");
    return folder;
  }

  private Stored taken(Sha256 digest, long size) throws IOException {
    if (!verify(digest)) {
      remove(digest);
      throw new IOException("its content changed while it was moved into the store");
    }
    LOG.info("image={} action=stored bytes={}", digest.abbreviated(), size);
    return new Stored.Kept(path(digest), true);
  }

  /**
   * Looks whether an image could be added, and copies nothing.
   *
   * @param source as in {@link #add}
   * @return the path of the whole image on the device: in the store if it is there, else its own
   */
  public Stored check(String source, Sha256 digest) {
    return verify(digest) ? new Stored.Kept(path(digest), false) : checkThere(source, digest);
  }

  /**
   * The same, whether it is in the store or not.
   *
   * @return its own path on the device
   */
  public Stored checkThere(String source, Sha256 digest) {
    Path from = root.resolve(source.substring(1)).normalize();
    try {
      String place = DevicePaths.resolve(root, source);
      if (!source.startsWith("/") || ImagePlace.problemIn(place).isPresent()) {
        return new Stored.Refused(
            "image " + source + ": no image is kept there; " + ImagePlace.HELP);
      }
      try (FileChannel in = RegularFile.open(root.resolve(place.substring(1)))) {
        if (!ImageFormat.isKnown(in)) {
          return new Stored.Refused("image %s: %s".formatted(source, ImageFormat.REFUSAL));
        }
        if (!hash(in, _ -> {}).equals(digest.hex())) {
          throw new WrongDigestException();
        }
        return new Stored.Kept(place, false);
      }
    } catch (WrongDigestException e) {
      return wrongDigest(source, digest);
    } catch (IOException e) {
      return refused(source, from, e);
    }
  }

  private Stored copied(String source, Sha256 digest) {
    if (!source.startsWith("/") || !Path.of(source).normalize().toString().equals(source)) {
      return new Stored.Refused(
          "image " + source + ": not a plain absolute path; write it without '.', '..' and '//'");
    }
    if (verify(digest)) {
      return new Stored.Kept(path(digest), false);
    }
    Path from = root.resolve(source.substring(1));
    try {
      String place = DevicePaths.resolve(root, source);
      Optional<String> problem = ImagePlace.problemIn(place);
      if (problem.isPresent()) {
        return new Stored.Refused(
            "image %s: %s%s; %s"
                .formatted(
                    source,
                    place.equals(source) ? "" : "leads to " + place + ", which ",
                    problem.get(),
                    ImagePlace.HELP));
      }
      return keep(source, root.resolve(place.substring(1)), digest);
    } catch (WrongDigestException e) {
      return wrongDigest(source, digest);
    } catch (IOException e) {
      return refused(source, from, e);
    }
  }

  private static Stored wrongDigest(String source, Sha256 digest) {
    return new Stored.Refused(
        "image %s: its sha256 is not the declared %s; compute it on the device with 'sha256sum %s', and declare that or supply the right file"
            .formatted(source, digest, source));
  }

  private Stored keep(String source, Path from, Sha256 digest) throws IOException {
    files.makeDirectories(directory, "rwxr-xr-x");
    try (FileChannel in = RegularFile.open(from)) {
      return keep(source, in, digest);
    }
  }

  private Stored keep(String source, FileChannel in, Sha256 digest) throws IOException {
    long size = in.size();
    if (size == 0) {
      return new Stored.Refused(
          "image " + source + ": is empty; supply the file that has the declared digest");
    }
    if (size > limit) {
      return new Stored.Refused(
          "image %s: is %s, more than the limit of %s; make it smaller"
              .formatted(source, DiskRoom.amount(size), DiskRoom.amount(limit)));
    }
    if (!ImageFormat.isKnown(in)) {
      return new Stored.Refused("image %s: %s".formatted(source, ImageFormat.REFUSAL));
    }
    try (PromisedRoom.Promise promise = promised.promise(size)) {
      Optional<String> problem = room.problem(size, promise);
      if (problem.isPresent()) {
        return new Stored.Refused("image %s: %s".formatted(source, problem.get()));
      }
      files.write(onDisk(digest), to -> copy(in, to, digest, promise), READ_ONLY);
    }
    verify(digest);
    LOG.info("image={} action=stored bytes={}", digest.abbreviated(), size);
    return new Stored.Kept(path(digest), true);
  }

  private Stored refused(String source, Path from, IOException e) {
    String reason = ImageFault.reason(e);
    if (reason.contains("No space left") || reason.contains("quota")) {
      return new Stored.Refused(
          "image %s: %s".formatted(source, room.full(from.toFile().length())));
    }
    return new Stored.Refused("image " + source + ": " + reason);
  }

  private void copy(FileChannel in, FileChannel to, Sha256 digest, PromisedRoom.Promise promise)
      throws IOException {
    if (!hash(in, promise::written, to).equals(digest.hex())) {
      throw new WrongDigestException();
    }
  }

  /**
   * Hashes the file and, if given another, copies it there. No more is read than it had when it was
   * opened, and that is bounded: a file that grows may never end.
   */
  private String hash(FileChannel in, LongConsumer done, FileChannel... to) throws IOException {
    long size = in.size();
    if (size > limit) {
      throw new IOException(ImageFault.TOO_LARGE + DiskRoom.amount(limit));
    }
    return ImageDigest.hash(in, size, done, to);
  }

  /**
   * Whether the image is there and its content is right. It is hashed once, and again when the
   * kernel has stamped a change on the file; the time of that stamp (ctime) cannot be set back.
   */
  public boolean verify(Sha256 digest) {
    Path file = onDisk(digest);
    try {
      return isVerified(digest) || rehash(digest, file, FileStamp.of(file));
    } catch (IOException e) {
      verified.remove(digest);
      return false;
    }
  }

  /** Whether the content was right when it was hashed, and has not changed since. */
  boolean isVerified(Sha256 digest) {
    try {
      return FileStamp.of(onDisk(digest)).equals(verified.get(digest));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean rehash(Sha256 digest, Path file, FileStamp before) throws IOException {
    try (FileChannel in = RegularFile.open(file)) {
      boolean right = manifests.content(digest).hex().equals(hash(in, _ -> {}));
      if (right && before.equals(FileStamp.of(file))) {
        verified.put(digest, before);
      } else {
        // Not what somebody else has found right meanwhile, of the file that took its place.
        verified.remove(digest, before);
      }
      return right;
    }
  }

  /** The images whose content is right, by digest in hexadecimal. */
  public SortedMap<String, StoredImage> verified() {
    var images = new TreeMap<String, StoredImage>();
    for (Sha256 digest : stored()) {
      if (verify(digest)) {
        images.put(digest.hex(), image(digest));
      }
    }
    return images;
  }

  /** An image that is right. */
  StoredImage image(Sha256 digest) {
    return new StoredImage(path(digest), trees.rootHash(digest));
  }

  /**
   * Makes the tree by which the kernel checks an image that is in the store.
   *
   * @param rootHash that it must have, in hexadecimal
   */
  public Stored makeTree(Sha256 digest, String rootHash) throws IOException {
    room.requireReserve();
    return trees.make(
        digest, rootHash, downloads().resolve(PartialImage.PACKING + "tree-" + digest.hex()));
  }

  /** The images in the store, whole or not. */
  public List<Sha256> stored() {
    return ImageNames.in(directory);
  }

  /**
   * Removes an image. An app that runs from it keeps it until it stops.
   *
   * @return whether it was there
   */
  public boolean remove(Sha256 digest) throws IOException {
    verified.remove(digest);
    trees.remove(digest);
    boolean removed = files.remove(onDisk(digest));
    manifests.remove(digest);
    if (removed) {
      LOG.info("image={} action=removed", digest.abbreviated());
    }
    return removed;
  }

  private Path onDisk(Sha256 digest) {
    return directory.resolve(ImageNames.of(digest));
  }
}
