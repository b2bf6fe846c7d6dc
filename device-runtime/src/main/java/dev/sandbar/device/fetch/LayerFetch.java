package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.container.Compression;
import dev.sandbar.device.container.Layer;
import dev.sandbar.device.container.LayerException;
import dev.sandbar.device.container.SquashfsPacker;
import dev.sandbar.device.store.ImageManifest.Archive;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.PartialImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The layers of one container image, which become one file system once all have arrived. */
final class LayerFetch implements AutoCloseable {

  private final Arrival arrival;
  private final BlobReader reader;
  private final FetchProgress progress;
  private final Map<Sha256, PartialImage> arrived = new LinkedHashMap<>();

  /** Gets a file, going on where it stopped. */
  @FunctionalInterface
  interface Arrival {
    PartialImage await(FileFetch.Wanted wanted, FileFetch.Opener opener)
        throws IOException, InterruptedException;
  }

  LayerFetch(Arrival arrival, BlobReader reader, FetchProgress progress) {
    this.arrival = arrival;
    this.reader = reader;
    this.progress = progress;
  }

  /**
   * Fetches them and packs them into the store.
   *
   * @param archives the lowest first; the same may be there twice
   * @param digest by which specs name the image
   * @param chain of manifests that lead to the layers
   */
  Stored pack(
      ImageStore store,
      List<Archive> archives,
      Sha256 digest,
      List<byte[]> chain,
      FetchLimits limits)
      throws IOException, InterruptedException {
    long size = archives.stream().mapToLong(Archive::size).sum();
    if (size > ImageStore.DEFAULT_LIMIT) {
      throw new UnusableImageException(
          "its layers have %d MiB, more than the limit of %d MiB; make it smaller"
              .formatted(size >> 20, ImageStore.DEFAULT_LIMIT >> 20));
    }
    progress.all(size);
    List<Compression> compressions = archives.stream().map(Archive::compression).toList();
    var layers = new ArrayList<Layer>();
    for (Archive archive : archives) {
      layers.add(new Layer(arrived(archive).file(), archive.compression()));
      Optional<String> obstacle = SquashfsPacker.obstacle(compressions);
      if (archives.size() == 1 && arrived(archive).formatProblem().isEmpty()) {
        // oras gives every file the media type of an archive, unless another one is given.
        return store.take(arrived(archive), digest, chain);
      }
      if (obstacle.isPresent()) {
        throw new FetchException(obstacle.get());
      }
    }
    Path packed = store.packing(digest);
    try {
      new SquashfsPacker(
              ImageStore.DEFAULT_LIMIT, limits.names(), limits.packing(), store::requireReserve)
          .pack(layers, packed);
      store.requireReserve();
      Stored stored = store.takePacked(packed, digest, chain);
      discard();
      return stored;
    } catch (LayerException e) {
      discard();
      throw e;
    } finally {
      Files.deleteIfExists(packed);
    }
  }

  private void discard() throws IOException {
    for (PartialImage layer : arrived.values()) {
      layer.discard();
    }
  }

  private PartialImage arrived(Archive archive) throws IOException, InterruptedException {
    Sha256 content = archive.content();
    PartialImage before = arrived.get(content);
    if (before != null) {
      return before;
    }
    var wanted =
        new FileFetch.Wanted(
            progress.shown(), content, OptionalLong.of(archive.size()), "", progress);
    PartialImage layer = arrival.await(wanted, headers -> reader.blob(content, headers));
    arrived.put(content, layer);
    progress.next(arrived.values().stream().mapToLong(PartialImage::size).sum());
    return layer;
  }

  @Override
  public void close() throws IOException {
    for (PartialImage layer : arrived.values()) {
      layer.close();
    }
  }
}
