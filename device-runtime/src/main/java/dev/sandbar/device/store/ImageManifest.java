package dev.sandbar.device.store;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.container.Compression;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a registry says of an image: one file system in one layer, the layers of a container, or an
 * index of such manifests by platform. Whoever pushed it wrote it, so that everything in it is data
 * that may be wrong.
 *
 * <p>Source: the OCI image specification, <em>Image Manifest</em> and <em>Image Index</em>.
 */
public sealed interface ImageManifest {

  /** Bytes of a manifest that are read; registries need not take more than four times that. */
  int LONGEST = 1 << 20;

  /** The types that are asked for. */
  List<String> TYPES =
      List.of(
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json",
          "application/vnd.docker.distribution.manifest.v2+json");

  /** Types of layers that are archives. */
  Map<String, Compression> ARCHIVES =
      Map.of(
          "application/vnd.oci.image.layer.v1.tar", Compression.NONE,
          "application/vnd.docker.image.rootfs.diff.tar", Compression.NONE,
          "application/vnd.oci.image.layer.v1.tar+gzip", Compression.GZIP,
          "application/vnd.docker.image.rootfs.diff.tar.gzip", Compression.GZIP,
          "application/vnd.oci.image.layer.v1.tar+zstd", Compression.ZSTD,
          "application/vnd.docker.image.rootfs.diff.tar.zstd", Compression.ZSTD);

  /** Layers of one container image, which is more than any tool makes. */
  int MOST_LAYERS = 128;

  /** What to do about what holds no image. */
  String HELP = "push the squashfs or erofs itself, as 'oras push HOST/REPOSITORY:TAG FILE' does";

  /**
   * An image of one file.
   *
   * @param content digest of the file
   * @param size of the file in bytes
   */
  record OfFile(Sha256 content, long size) implements ImageManifest {}

  /**
   * A container image.
   *
   * @param layers the lowest first
   */
  record OfContainer(List<Archive> layers) implements ImageManifest {
    public OfContainer {
      layers = List.copyOf(layers);
    }
  }

  /**
   * A tar archive.
   *
   * @param content digest of the file as it is fetched
   * @param size of that file in bytes
   * @param compression as its type says
   */
  record Archive(Sha256 content, long size, Compression compression) {}

  /** An index, of which one manifest is that of the platform. */
  record OfPlatform(Sha256 manifest) implements ImageManifest {}

  /** It cannot be used; the text says why and what to do. */
  record Unusable(String reason) implements ImageManifest {}

  /** Reads one. Never throws for bad input. */
  static ImageManifest read(byte[] bytes, Platform platform) {
    if (bytes.length > LONGEST) {
      return new Unusable("the manifest is longer than %s".formatted(DiskRoom.amount(LONGEST)));
    }
    ReadResult read = JsonReader.read("manifest", bytes, new TextLimits(LONGEST, 16, 50_000));
    if (read.hasErrors() || read.documents().size() != 1) {
      return new Unusable("the manifest is not JSON as registries have it; " + HELP);
    }
    Node document = read.documents().getFirst();
    boolean manifest = document.fields().containsKey("layers");
    boolean index = document.fields().containsKey("manifests");
    // Two readers could each take another half of a document that is both.
    if (manifest == index) {
      return new Unusable("what the digest names is no manifest of an image; " + HELP);
    }
    return manifest ? file(document) : chosen(document, platform);
  }

  /**
   * The index of chunks that a manifest has beside its image, by digest; empty if it has none, or
   * not one alone. Never throws for bad input.
   */
  static Optional<Sha256> chunks(byte[] manifest) {
    if (manifest.length > LONGEST) {
      return Optional.empty();
    }
    ReadResult read = JsonReader.read("manifest", manifest, new TextLimits(LONGEST, 16, 50_000));
    List<Node> found =
        read.documents().stream()
            .flatMap(document -> items(document, "layers").stream())
            .filter(ImageManifest::isIndex)
            .limit(2)
            .toList();
    return read.hasErrors() || found.size() != 1 ? Optional.empty() : digest(found.getFirst());
  }

  private static boolean isIndex(Node layer) {
    return text(layer, "mediaType").equals(ChunkIndex.MEDIA_TYPE);
  }

  private static ImageManifest file(Node document) {
    List<Node> layers =
        items(document, "layers").stream().filter(layer -> !isIndex(layer)).toList();
    if (layers.stream().anyMatch(ImageManifest::isArchive)) {
      return container(layers);
    }
    if (layers.size() != 1) {
      return new Unusable("has %d layers, not one; %s".formatted(layers.size(), HELP));
    }
    Optional<Sha256> digest = digest(layers.getFirst());
    Optional<Long> size = size(layers.getFirst());
    return digest.isEmpty() || size.isEmpty()
        ? new Unusable("its layer has no sha256 digest or no size; " + HELP)
        : new OfFile(digest.get(), size.get());
  }

  private static ImageManifest container(List<Node> layers) {
    if (layers.size() > MOST_LAYERS) {
      return new Unusable(
          "has %d layers, more than %d; build it with fewer".formatted(layers.size(), MOST_LAYERS));
    }
    var archives = new ArrayList<Archive>();
    for (Node layer : layers) {
      String type = text(layer, "mediaType");
      Optional<Sha256> digest = digest(layer);
      Optional<Long> size = size(layer);
      if (digest.isEmpty() || size.isEmpty()) {
        return new Unusable("one of its layers has no sha256 digest or no size");
      }
      Compression compression = ARCHIVES.get(type);
      if (compression == null) {
        return new Unusable(
            "one of its layers is of the type %s, not a tar archive by itself, in gzip or in zstd; push it with such layers, as 'skopeo copy --dest-compress-format gzip' does"
                .formatted(SafeText.shown(type)));
      }
      archives.add(new Archive(digest.get(), size.get(), compression));
    }
    return new OfContainer(archives);
  }

  private static boolean isArchive(Node layer) {
    String type = text(layer, "mediaType");
    return type.contains(".tar") || type.contains("+tar");
  }

  private static ImageManifest chosen(Node document, Platform platform) {
    var offered = new ArrayList<String>();
    for (String variant : platform.variants()) {
      for (Node entry : items(document, "manifests")) {
        Node of = entry.fields().getOrDefault("platform", Node.mapping(List.of()));
        if (text(of, "os").equals(Platform.SYSTEM)
            && text(of, "architecture").equals(platform.architecture())
            && text(of, "variant").equals(variant)) {
          return digest(entry)
              .<ImageManifest>map(OfPlatform::new)
              .orElseGet(() -> new Unusable("the index has no sha256 digest for this platform"));
        }
      }
    }
    for (Node entry : items(document, "manifests")) {
      Node of = entry.fields().getOrDefault("platform", Node.mapping(List.of()));
      offered.add(text(of, "os") + "/" + text(of, "architecture"));
    }
    return new Unusable(
        "has no image for %s/%s, only for %s; push one for this platform, or select other devices"
            .formatted(
                Platform.SYSTEM,
                platform.architecture(),
                SafeText.shown(String.join(", ", offered))));
  }

  private static Optional<Sha256> digest(Node descriptor) {
    return ImageLocation.digest(text(descriptor, "digest"));
  }

  private static Optional<Long> size(Node descriptor) {
    if (!(descriptor.fields().get("size") instanceof Node.Scalar(_, Node.Kind kind, String text))
        || kind != Node.Kind.INTEGER
        || text.length() > 15) {
      return Optional.empty();
    }
    long size = Long.parseLong(text);
    return size > 0 ? Optional.of(size) : Optional.empty();
  }

  private static List<Node> items(Node node, String key) {
    return node.fields().get(key) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  private static String text(Node node, String key) {
    Map<String, Node> fields = node.fields();
    return fields.get(key) instanceof Node.Scalar(_, Node.Kind kind, String text)
            && kind == Node.Kind.TEXT
        ? text
        : "";
  }
}
