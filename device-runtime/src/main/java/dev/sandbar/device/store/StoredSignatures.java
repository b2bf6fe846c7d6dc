package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The signatures by which images are used, beside them: not that they were good is kept, but what
 * shows it, so that they can be judged again with other keys and without a network.
 *
 * <p>One may be there before its image. It goes with the image.
 */
public final class StoredSignatures {

  private static final String PREFIX = "sha256-";
  private static final String SUFFIX = ".signature.json";
  private static final String READ_ONLY = "r--r--r--";

  /** Of images that are not there, whose fetch may never succeed. */
  private static final int MOST_WITHOUT_IMAGE = 64;

  private final Path directory;
  private final DurableFiles files = new DurableFiles();

  /**
   * Those of a device.
   *
   * @param root of its file system
   */
  public StoredSignatures(Path root) {
    this.directory = root.resolve(ImageStore.DIRECTORY.substring(1));
  }

  static Path file(Path directory, Sha256 image) {
    return directory.resolve(PREFIX + image.hex() + SUFFIX);
  }

  /** Whether there is one. */
  public boolean has(Sha256 image) {
    return Files.exists(file(directory, image), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * What was kept; empty if nothing was.
   *
   * @param most bytes
   * @throws IOException if it cannot be read
   */
  public Optional<byte[]> read(Sha256 image, int most) throws IOException {
    return has(image) ? Optional.of(files.read(file(directory, image), most)) : Optional.empty();
  }

  /** Keeps it, durably. */
  public void write(Sha256 image, byte[] signature) throws IOException {
    files.makeDirectories(directory, "rwxr-xr-x");
    files.write(file(directory, image), signature, READ_ONLY);
    removeSpare(image);
  }

  private void removeSpare(Sha256 but) throws IOException {
    var spare = new ArrayList<Path>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      for (Path file : all) {
        String name = String.valueOf(file.getFileName());
        String hex = name.substring(PREFIX.length(), name.length() - SUFFIX.length());
        if (!hex.equals(but.hex())
            && !Files.exists(directory.resolve(PREFIX + hex + ".raw"), LinkOption.NOFOLLOW_LINKS)) {
          spare.add(file);
        }
      }
    }
    List<Path> going = spare.size() > MOST_WITHOUT_IMAGE ? spare : List.of();
    for (Path file : going) {
      files.remove(file);
    }
  }
}
