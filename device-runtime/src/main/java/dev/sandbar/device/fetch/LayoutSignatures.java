package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.store.DevicePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Signatures in a layout on a disk. Tools differ in how they list them there ({@code cosign save},
 * {@code oras cp -r}), so that each manifest of the list is looked at: what a signature is of, it
 * says itself.
 */
final class LayoutSignatures implements SignatureReader {

  private final Path root;
  private final String path;
  private final LayoutReader reader;

  LayoutSignatures(Path root, String path, LayoutReader reader) {
    this.root = root;
    this.path = path;
    this.reader = reader;
  }

  @Override
  public byte[] manifest(Sha256 digest) throws IOException {
    return reader.manifest(digest);
  }

  @Override
  public Answer blob(Sha256 digest, Map<String, String> headers) throws IOException {
    return reader.blob(digest, headers);
  }

  @Override
  public Optional<byte[]> tagged(Sha256 image) {
    return Optional.empty();
  }

  @Override
  public List<Sha256> referrers(Sha256 image) throws IOException {
    // That the layout is there, before its list is asked for.
    var _ = reader.manifest(image);
    Path folder = root.resolve(DevicePaths.resolve(root, path).substring(1));
    return LayoutIndex.images(folder).stream()
        .flatMap(it -> Descriptors.digest(it).stream())
        .filter(it -> !it.equals(image))
        .distinct()
        .limit(MOST)
        .toList();
  }

  @Override
  public String searched(Sha256 image) {
    return "the manifests that index.json lists";
  }
}
