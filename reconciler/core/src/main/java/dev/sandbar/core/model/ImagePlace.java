package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;

/**
 * Where an image may be on a device: where files are kept, not where the kernel or services show
 * something as files. Some of those never end, and reading others changes something.
 */
public final class ImagePlace {

  /** Folders that hold no images; /var/run and /var/lock are links into /run. */
  public static final List<String> NONE =
      List.of("/proc", "/sys", "/dev", "/run", "/var/run", "/var/lock");

  /** What to do about an image in such a place. */
  public static final String HELP =
      "put the image where files are kept, for example below /srv or /var/lib";

  private ImagePlace() {}

  /**
   * Why no image can be there, as the end of a sentence; empty if one can.
   *
   * @param path in normal form
   */
  public static Optional<String> problemIn(String path) {
    return NONE.stream()
        .filter(folder -> PathText.within(path, folder))
        .findFirst()
        .map(folder -> "lies below " + folder + ", where no image is kept");
  }
}
