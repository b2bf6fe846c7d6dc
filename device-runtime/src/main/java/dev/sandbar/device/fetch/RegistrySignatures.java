package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Signatures in the repository of the image: under the old tag of cosign, and as referrers (OCI
 * distribution specification 1.1, <em>Listing Referrers</em>), which older registries keep under a
 * tag.
 */
final class RegistrySignatures implements SignatureReader {

  private final RegistryReader reader;

  RegistrySignatures(RegistryReader reader) {
    this.reader = reader;
  }

  @Override
  public byte[] manifest(Sha256 digest) throws IOException, InterruptedException {
    return reader.manifest(digest);
  }

  @Override
  public Answer blob(Sha256 digest, Map<String, String> headers)
      throws IOException, InterruptedException {
    return reader.blob(digest, headers);
  }

  @Override
  public Optional<byte[]> tagged(Sha256 image) throws IOException, InterruptedException {
    return reader.find("manifests", tag(image) + ".sig");
  }

  @Override
  public List<Sha256> referrers(Sha256 image) throws IOException, InterruptedException {
    Optional<byte[]> index = reader.find("referrers", ImageLocation.ALGORITHM + image.hex());
    if (index.isEmpty()) {
      index = reader.find("manifests", tag(image));
    }
    return index.map(Descriptors::bundles).orElse(List.of());
  }

  @Override
  public String searched(Sha256 image) {
    return "the tag %s.sig and referrers of the image".formatted(tag(image));
  }

  private static String tag(Sha256 image) {
    return "sha256-" + image.hex();
  }
}
