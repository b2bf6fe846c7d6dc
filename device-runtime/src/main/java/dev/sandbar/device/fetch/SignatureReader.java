package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Where signatures of images are found. */
interface SignatureReader extends BlobReader {

  /** Places that are looked at for one image. */
  int MOST = 32;

  /**
   * The manifest that the old tag of cosign names, {@code sha256-DIGEST.sig}; empty if there is no
   * such tag.
   */
  Optional<byte[]> tagged(Sha256 image) throws IOException, InterruptedException;

  /** Digests of manifests that may hold signatures of the image, at most {@link #MOST}. */
  List<Sha256> referrers(Sha256 image) throws IOException, InterruptedException;

  /** What was looked at, as the end of a sentence. */
  String searched(Sha256 image);
}
