package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What images are called in the folder of the store. */
final class ImageNames {
  private static final String PREFIX = "sha256-";
  private static final String SUFFIX = ".raw";

  private ImageNames() {}

  /** The name of an image. */
  static String of(Sha256 digest) {
    return PREFIX + digest.hex() + SUFFIX;
  }

  /** The name of the tree of digests of an image ({@link VerityTree}). */
  static String treeOf(Sha256 digest) {
    return PREFIX + digest.hex() + ".verity";
  }

  /** The images in a folder, whole or not. */
  static List<Sha256> in(Path directory) {
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
}
