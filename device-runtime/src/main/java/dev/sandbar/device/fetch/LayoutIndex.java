package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.kernel.RegularFile;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The list of images in a folder that is laid out as the OCI image specification says. */
final class LayoutIndex {

  private static final String FILE = "index.json";

  /** What tools call an image there (OCI image specification, <em>Annotations</em>). */
  private static final String NAME = "org.opencontainers.image.ref.name";

  private LayoutIndex() {}

  /**
   * The digest of an image.
   *
   * @param name of the image; empty for the only one
   * @throws FetchException if there is none, or several
   */
  static Sha256 find(Path folder, String name) throws IOException {
    List<Node> all = images(folder);
    List<Node> found =
        all.stream().filter(image -> name.isEmpty() || name(image).equals(name)).toList();
    if (found.size() != 1) {
      List<String> names = all.stream().map(LayoutIndex::name).filter(it -> !it.isEmpty()).toList();
      throw new FetchException(
          "%s %s%s"
              .formatted(
                  FILE,
                  name.isEmpty()
                      ? "lists %d images, not one".formatted(found.size())
                      : "lists %d images of the name %s"
                          .formatted(found.size(), SafeText.shown(name)),
                  names.isEmpty() ? "" : "; it has " + SafeText.shown(String.join(", ", names))));
    }
    return Optional.ofNullable(found.getFirst().fields().get("digest"))
        .flatMap(
            it -> it instanceof Node.Scalar digest ? Optional.of(digest.text()) : Optional.empty())
        .flatMap(ImageLocation::digest)
        .orElseThrow(() -> new FetchException(FILE + " has no sha256 digest of it"));
  }

  /** The descriptors that it lists. */
  static List<Node> images(Path folder) throws IOException {
    byte[] bytes;
    try (FileChannel file = RegularFile.open(folder.resolve(FILE));
        InputStream in = Channels.newInputStream(file)) {
      bytes = in.readNBytes(ImageManifest.LONGEST + 1);
    }
    ReadResult read =
        JsonReader.read(FILE, bytes, new TextLimits(ImageManifest.LONGEST, 16, 50_000));
    if (read.hasErrors()
        || read.documents().size() != 1
        || !(read.documents().getFirst().fields().get("manifests")
            instanceof Node.Sequence(_, var items))) {
      throw new FetchException(FILE + " is not the index of an OCI layout");
    }
    return items;
  }

  private static String name(Node image) {
    return image.fields().get("annotations") instanceof Node annotations
            && annotations.fields().get(NAME) instanceof Node.Scalar name
        ? name.text()
        : "";
  }
}
