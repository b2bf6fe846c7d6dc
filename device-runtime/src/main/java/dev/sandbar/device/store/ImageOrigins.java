package dev.sandbar.device.store;

import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the images of the store come from: every place from which one was fetched, or at which it
 * was found to be the same. What a spec claims is not among it. Of an image that an agent stored
 * that did not keep this nothing is known, and nothing believed.
 *
 * <p>Safe for use by many threads.
 */
public final class ImageOrigins {

  private static final Logger LOG = LoggerFactory.getLogger(ImageOrigins.class);

  private static final String ROOT_ONLY = "rw-------";

  /** Places of one image; the oldest is forgotten, and verified again if it is named again. */
  private static final int MOST = 32;

  private static final int LARGEST = 64 * 1024;

  private final Path directory;
  private final DurableFiles files = new DurableFiles();

  /**
   * Those of a device.
   *
   * @param root of its file system
   */
  public ImageOrigins(Path root) {
    this.directory = root.resolve(ImageStore.DIRECTORY.substring(1));
  }

  static Path file(Path directory, Sha256 image) {
    return directory.resolve("sha256-" + image.hex() + ".origins");
  }

  /** Whether the image is in the store, whole or not. */
  public boolean isStored(Sha256 image) {
    return Files.exists(directory.resolve(ImageNames.of(image)), LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether the image was fetched from there, or verified to be there. */
  public boolean has(Sha256 image, ImageSource source) {
    return places(image).contains(source.place());
  }

  /** The places, the oldest first; none if nothing is known. */
  public synchronized List<String> places(Sha256 image) {
    Path file = file(directory, image);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try {
      return new String(files.read(file, LARGEST), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (IOException e) {
      // As if nothing had been kept.
      LOG.warn("image={} action=origin {}", image.abbreviated(), OneLine.of(e.getMessage()));
      return List.of();
    }
  }

  /** Keeps, durably, that the image was fetched from there or verified to be there. */
  public synchronized void add(Sha256 image, ImageSource source) throws IOException {
    if (source.place().chars().anyMatch(Character::isISOControl)) {
      throw new IOException("a place with control characters cannot be kept");
    }
    List<String> before = places(image);
    if (before.contains(source.place())) {
      return;
    }
    var places = new ArrayList<>(before);
    places.add(source.place());
    List<String> kept = places.subList(Math.max(0, places.size() - MOST), places.size());
    files.makeDirectories(directory, "rwxr-xr-x");
    files.write(
        file(directory, image),
        (String.join("\n", kept) + "\n").getBytes(StandardCharsets.UTF_8),
        ROOT_ONLY);
    LOG.info("image={} action=origin place={}", image.abbreviated(), source.place());
  }
}
