package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.signature.ImageSignature;
import dev.sandbar.device.signature.ImageSignature.Judgement;
import dev.sandbar.device.signature.SigningKey;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a signature of one image by one of some keys. Whoever may push there can put anything
 * beside an image, in any number: so many are looked at, and no more.
 */
final class SignatureSearch {

  /** A server that lets one wait for each would be waited for too long. */
  private static final int MOST_FAILURES = 3;

  private final SignatureReader reader;
  private final Sha256 image;
  private final List<SigningKey> keys;

  private int seen;
  private int failures;

  /** What was wrong with the first that was looked at. */
  private String first = "";

  private @Nullable ImageSignature good;

  SignatureSearch(SignatureReader reader, Sha256 image, List<SigningKey> keys) {
    this.reader = reader;
    this.image = image;
    this.keys = List.copyOf(keys);
  }

  /**
   * Looks.
   *
   * @return a good one; empty if none is there
   * @throws FetchException if it cannot be said whether one is
   */
  Optional<ImageSignature> find() throws IOException, InterruptedException {
    Optional<byte[]> tagged = reader.tagged(image);
    if (tagged.isPresent()) {
      manifest(tagged.get());
    }
    if (good == null) {
      for (Sha256 referrer : reader.referrers(image)) {
        if (isDone()) {
          break;
        }
        try {
          manifest(reader.manifest(referrer));
        } catch (FetchException e) {
          failed(e);
        }
      }
    }
    return Optional.ofNullable(good);
  }

  /** What was found instead of a good one. */
  String found() {
    return seen == 0 && first.isEmpty()
        ? "there is none: " + reader.searched(image)
        : "no valid one was found (%d checked%s: %s); the first: %s"
            .formatted(
                seen,
                seen >= SignatureReader.MOST ? ", which is the most" : "",
                reader.searched(image),
                first);
  }

  private boolean isDone() {
    return good != null || seen >= SignatureReader.MOST || failures >= MOST_FAILURES;
  }

  private void manifest(byte[] manifest) throws IOException, InterruptedException {
    List<Node> layers = Descriptors.of(manifest, "layers");
    if (layers.isEmpty()) {
      seen++;
      note("it is no manifest with a signature");
    }
    for (Node layer : layers) {
      if (isDone()) {
        return;
      }
      seen++;
      try {
        judge(signature(layer));
      } catch (FetchException e) {
        failed(e);
      }
    }
  }

  private Optional<ImageSignature> signature(Node layer) throws IOException, InterruptedException {
    String type = Descriptors.text(layer, "mediaType");
    Optional<Sha256> content = Descriptors.digest(layer);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    if (type.equals(ImageSignature.PAYLOAD_TYPE)) {
      String signature = Descriptors.annotation(layer, ImageSignature.SIGNATURE);
      return Optional.of(
          ImageSignature.ofPayload(blob(content.get(), ImageSignature.LONGEST_PAYLOAD), signature));
    }
    return type.startsWith(ImageSignature.BUNDLE_TYPE)
        ? Optional.of(ImageSignature.ofBundle(blob(content.get(), ImageSignature.LONGEST_BUNDLE)))
        : Optional.empty();
  }

  private byte[] blob(Sha256 content, int most) throws IOException, InterruptedException {
    try (Answer answer = reader.blob(content, Map.of())) {
      return answer.bytes(most);
    }
  }

  private void judge(Optional<ImageSignature> signature) {
    if (signature.isEmpty()) {
      note("it is of no type that cosign makes");
      return;
    }
    switch (signature.get().judge(image, keys)) {
      case Judgement.Good _ -> good = signature.get();
      case Judgement.Bad(var why) -> note(why);
    }
  }

  private void failed(FetchException e) {
    failures++;
    note(OneLine.of(e.getMessage()));
  }

  private void note(String why) {
    if (first.isEmpty()) {
      first = why;
    }
  }
}
