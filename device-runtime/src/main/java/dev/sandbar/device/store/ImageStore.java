package dev.sandbar.device.store;

import dev.sandbar.core.model.ImagePlace;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  private static final String PREFIX = "sha256-";
  private static final String SUFFIX = ".raw";
  private static final String READ_ONLY = "r--r--r--";

  private final Path root;
  private final Path directory;
  private final long limit;
  private final DurableFiles files;

  private static final String TOO_LARGE = "larger than the limit of ";

  /**
   * One part in so many of the disk is left, so that the agent and the device can go on writing.
   */
  private static final int RESERVED = 20;

  /** Stamps of the files whose content has been hashed and was right. */
  private final Map<Sha256, FileStamp> verified = new ConcurrentHashMap<>();

  private final PromisedRoom promised = new PromisedRoom();

  /** The store of a device, with the usual limit. */
  public ImageStore(Path root) {
    this(root, DEFAULT_LIMIT, new DurableFiles());
  }

  ImageStore(Path root, long limit, DurableFiles files) {
    this.root = root;
    this.directory = root.resolve(DIRECTORY.substring(1));
    this.limit = limit;
    this.files = files;
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

  /**
   * The content is not what the digest promised. What its digest is instead is not reported: an app
   * may name any file that root can read, and the digest of a short secret is as good as the
   * secret.
   */
  private static final class WrongDigestException extends IOException {
    private static final long serialVersionUID = 1L;

    WrongDigestException() {
      super("wrong digest");
    }
  }

  /** The path of an image on the device, there or not. */
  public static String path(Sha256 digest) {
    return DIRECTORY + "/" + PREFIX + digest.hex() + SUFFIX;
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
   * Looks whether an image could be added, and copies nothing.
   *
   * @param source as in {@link #add}
   * @return the path of the whole image on the device: in the store if it is there, else its own
   */
  public Stored check(String source, Sha256 digest) {
    if (verify(digest)) {
      return new Stored.Kept(path(digest), false);
    }
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
              .formatted(source, amount(size), amount(limit)));
    }
    if (!ImageFormat.isKnown(in)) {
      return new Stored.Refused("image %s: %s".formatted(source, ImageFormat.REFUSAL));
    }
    try (PromisedRoom.Promise promise = promised.promise(size)) {
      Optional<Stored> refused = roomFor(source, size, promise);
      if (refused.isPresent()) {
        return refused.get();
      }
      files.write(onDisk(digest), to -> copy(in, to, digest, promise), READ_ONLY);
    }
    verify(digest);
    LOG.info("image={} action=stored bytes={}", digest.abbreviated(), size);
    return new Stored.Kept(path(digest), true);
  }

  /** The refusal if there is too little room beside what other copies will fill. */
  private Optional<Stored> roomFor(String source, long size, PromisedRoom.Promise promise) {
    long free = Math.max(0, free() - promise.others());
    if (size > free) {
      return Optional.of(full(source, size, free));
    }
    long reserve = directory.toFile().getTotalSpace() / RESERVED;
    if (size > free - reserve) {
      return Optional.of(
          new Stored.Refused(
              "image %s: %s of %s free in %s would leave less than the %s that the device keeps for itself; free some space there"
                  .formatted(source, amount(size), amount(free), DIRECTORY, amount(reserve))));
    }
    return Optional.empty();
  }

  private Stored refused(String source, Path from, IOException e) {
    String reason = reason(e);
    if (reason.contains("No space left") || reason.contains("quota")) {
      try {
        return full(source, Files.size(from), free());
      } catch (IOException unknown) {
        return full(source, 0, free());
      }
    }
    return new Stored.Refused("image " + source + ": " + reason);
  }

  /** What is wrong with a file and how to fix it. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ ->
          "no such file on this device; put the image there, or correct the path";
      case AccessDeniedException _ ->
          "not readable by the agent; check its permissions and those of its folders";
      case FileSystemException f when f.getReason() != null -> withHelp(f.getReason());
      default -> withHelp(String.valueOf(e.getMessage()));
    };
  }

  private static String withHelp(String reason) {
    String help =
        switch (reason) {
          case RegularFile.IS_LINK -> "put the file itself there, or name what it leads to";
          case RegularFile.IS_NOT_REGULAR -> "name the image file itself";
          case ImageDigest.GROWS -> "supply a file that is complete";
          default ->
              reason.startsWith(TOO_LARGE) ? "make it smaller" : "check the disk that it is on";
        };
    return reason + "; " + help;
  }

  /** Not through a FileStore: that looks up the mount table of this process, not of the device. */
  private long free() {
    return directory.toFile().getUsableSpace();
  }

  private static Stored full(String source, long size, long free) {
    return new Stored.Refused(
        "image %s: the disk is full: %s needed, %s free in %s; free some space there"
            .formatted(source, amount(size), amount(free), DIRECTORY));
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
      throw new IOException(TOO_LARGE + amount(limit));
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
      boolean right = hash(in, _ -> {}).equals(digest.hex());
      if (right && before.equals(FileStamp.of(file))) {
        verified.put(digest, before);
      } else {
        verified.remove(digest);
      }
      return right;
    }
  }

  /** The images whose content is right: digest in hexadecimal to path on the device. */
  public SortedMap<String, String> verified() {
    var images = new TreeMap<String, String>();
    for (Sha256 digest : stored()) {
      if (verify(digest)) {
        images.put(digest.hex(), path(digest));
      }
    }
    return images;
  }

  /** The images in the store, whole or not. */
  public List<Sha256> stored() {
    var digests = new ArrayList<Sha256>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      entries.forEach(entry -> digest(entry).ifPresent(digests::add));
    } catch (IOException e) {
      // No directory yet: no image yet.
    }
    digests.sort(null);
    return digests;
  }

  private static Optional<Sha256> digest(Path file) {
    String name = String.valueOf(file.getFileName());
    String hex = name.substring(PREFIX.length(), name.length() - SUFFIX.length());
    return Sha256.isValid(hex) ? Optional.of(new Sha256(hex)) : Optional.empty();
  }

  /**
   * Removes an image. An app that runs from it keeps it until it stops.
   *
   * @return whether it was there
   */
  public boolean remove(Sha256 digest) throws IOException {
    verified.remove(digest);
    boolean removed = files.remove(onDisk(digest));
    if (removed) {
      LOG.info("image={} action=removed", digest.abbreviated());
    }
    return removed;
  }

  private Path onDisk(Sha256 digest) {
    return directory.resolve(PREFIX + digest.hex() + SUFFIX);
  }

  private static String amount(long bytes) {
    return bytes < 1 << 20
        ? (bytes + 1023) / 1024 + " KiB"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
