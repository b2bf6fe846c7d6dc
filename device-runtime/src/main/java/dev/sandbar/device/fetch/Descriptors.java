package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.signature.ImageSignature;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.util.List;
import java.util.Optional;

/** Lists of descriptors in indexes and manifests (OCI image specification). */
final class Descriptors {

  /** Names what a bundle states without its being fetched. */
  private static final String PREDICATE = "dev.sigstore.bundle.predicateType";

  private Descriptors() {}

  /** The descriptors under a key; none if it is not such a document. Never throws for bad input. */
  static List<Node> of(byte[] document, String key) {
    if (document.length > ImageManifest.LONGEST) {
      return List.of();
    }
    ReadResult read =
        JsonReader.read(key, document, new TextLimits(ImageManifest.LONGEST, 16, 50_000));
    return !read.hasErrors()
            && read.documents().size() == 1
            && read.documents().getFirst().fields().get(key) instanceof Node.Sequence(_, var items)
        ? items
        : List.of();
  }

  /** Those of an index that may hold signatures as bundles: others would only use up the places. */
  static List<Sha256> bundles(byte[] index) {
    return of(index, "manifests").stream()
        .filter(it -> text(it, "artifactType").startsWith(ImageSignature.BUNDLE_TYPE))
        .filter(
            it -> {
              String states = annotation(it, PREDICATE);
              return states.isEmpty() || states.equals(ImageSignature.CLAIM);
            })
        .flatMap(it -> digest(it).stream())
        .distinct()
        .limit(SignatureReader.MOST)
        .toList();
  }

  static Optional<Sha256> digest(Node descriptor) {
    return ImageLocation.digest(text(descriptor, "digest"));
  }

  static String annotation(Node descriptor, String key) {
    return descriptor.fields().get("annotations") instanceof Node annotations
        ? text(annotations, key)
        : "";
  }

  static String text(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, Node.Kind kind, String text)
            && kind == Node.Kind.TEXT
        ? text
        : "";
  }
}
