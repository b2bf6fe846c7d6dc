package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * The manifests of images that a registry names by them: beside the image, as they came, so that
 * its content can be judged again by the digest that the spec declares and by nothing else.
 */
final class StoredManifests {

  private static final String READ_ONLY = "r--r--r--";

  /** Manifests that lead to one image: an index by platform, and the manifest that it names. */
  private static final int LONGEST_CHAIN = 2;

  private final Path directory;
  private final DurableFiles files;

  StoredManifests(Path directory, DurableFiles files) {
    this.directory = directory;
    this.files = files;
  }

  /** Keeps them, the one of the declared digest first. */
  void write(Sha256 declared, List<byte[]> chain) throws IOException {
    forget(declared);
    for (int i = 0; i < chain.size(); i++) {
      files.write(file(declared, i), chain.get(i), READ_ONLY);
    }
  }

  /**
   * Keeps what was made on this device of the layers that the manifests name. No digest of theirs
   * says what comes out; from then on it must stay so.
   */
  void writePacked(Sha256 declared, Sha256 packed) throws IOException {
    files.write(packed(declared), packed.hex().getBytes(StandardCharsets.US_ASCII), READ_ONLY);
  }

  /**
   * What the file of an image must hold. Of an image without manifests that is what was declared.
   * Manifests that do not lead anywhere lead to the declared digest too, which no file can have
   * then: it is that of the first of them.
   */
  Sha256 content(Sha256 declared) throws IOException {
    Sha256 wanted = declared;
    for (int i = 0; i < LONGEST_CHAIN; i++) {
      if (!Files.exists(file(declared, i), LinkOption.NOFOLLOW_LINKS)) {
        return wanted;
      }
      byte[] bytes = files.read(file(declared, i), ImageManifest.LONGEST);
      if (!Sha256.of(bytes).equals(wanted)) {
        return declared;
      }
      switch (ImageManifest.read(bytes, Platform.OF_THIS_MACHINE)) {
        case ImageManifest.OfFile(var content, _) -> wanted = content;
        case ImageManifest.OfPlatform(var manifest) -> wanted = manifest;
        case ImageManifest.OfContainer(var layers) -> {
          return packedContent(declared, layers);
        }
        case ImageManifest.Unusable _ -> {
          return declared;
        }
      }
    }
    return wanted;
  }

  /** A sole layer may be the file system itself, whatever its manifest calls it. */
  private Sha256 packedContent(Sha256 declared, List<ImageManifest.Archive> layers)
      throws IOException {
    Path file = packed(declared);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return layers.size() == 1 ? layers.getFirst().content() : declared;
    }
    String text = new String(files.read(file, Sha256.HEX_LENGTH), StandardCharsets.US_ASCII);
    return Sha256.isValid(text) ? new Sha256(text) : declared;
  }

  private Path packed(Sha256 declared) {
    return directory.resolve("sha256-" + declared.hex() + ".packed");
  }

  /** Removes all that is kept beside the image. */
  void remove(Sha256 declared) throws IOException {
    forget(declared);
    files.remove(StoredSignatures.file(directory, declared));
    files.remove(ImageOrigins.file(directory, declared));
  }

  private void forget(Sha256 declared) throws IOException {
    for (int i = 0; i < LONGEST_CHAIN; i++) {
      files.remove(file(declared, i));
    }
    files.remove(packed(declared));
  }

  private Path file(Sha256 declared, int number) {
    return directory.resolve("sha256-" + declared.hex() + ".manifest-" + number + ".json");
  }
}
