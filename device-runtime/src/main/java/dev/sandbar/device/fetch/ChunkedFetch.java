package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.fetch.FileFetch.Opener;
import dev.sandbar.device.fetch.FileFetch.Wanted;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.PartialImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an image together from what other images of the device have, and from the ranges of it that
 * they do not have. An index beside the image says which those are. Whatever is wrong with index,
 * server or disk, the rest is fetched as a whole, and the digest of the image judges what came of
 * it.
 */
final class ChunkedFetch {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkedFetch.class);

  private static final int MOST_MISLED = 1000;

  private final Path root;
  private final ImageStore store;
  private final Set<Sha256> misled;
  private final IndexSource source;

  /** Gets the index of an image. */
  @FunctionalInterface
  interface IndexSource {
    /** As it came; empty if there is none. */
    Optional<byte[]> read() throws IOException, InterruptedException;
  }

  /**
   * @param root of the device's file system
   * @param misled images whose index was of no use, so that it is not believed again
   */
  ChunkedFetch(Path root, ImageStore store, Set<Sha256> misled, IndexSource source) {
    this.root = root;
    this.store = store;
    this.misled = misled;
    this.source = source;
  }

  /**
   * Adds to the image what can be added this way.
   *
   * @return whether anything was added
   * @throws FetchException if the connection was lost, so that it is tried again
   */
  boolean fill(PartialImage image, Wanted wanted, Opener opener)
      throws IOException, InterruptedException {
    Map<Path, Long> images = images();
    if (!wanted.place().isEmpty() || images.isEmpty() || misled.contains(wanted.content())) {
      return false;
    }
    Optional<byte[]> bytes;
    try {
      bytes = source.read();
    } catch (FetchException e) {
      return unused(wanted, String.valueOf(e.getMessage()));
    }
    if (bytes.isEmpty()) {
      return false;
    }
    return switch (ChunkIndex.read(bytes.get())) {
      case ChunkIndex.Reading.Unusable(var reason) -> unused(wanted, reason);
      case ChunkIndex.Reading.Usable(var index) -> {
        if (!index.content().equals(wanted.content())
            || wanted.size().isPresent() && wanted.size().getAsLong() != index.size()) {
          yield unused(wanted, "it is the index of another file");
        }
        yield image.size() <= index.size() && fill(image, wanted, opener, index, images);
      }
    };
  }

  private boolean fill(
      PartialImage image, Wanted wanted, Opener opener, ChunkIndex index, Map<Path, Long> images)
      throws IOException, InterruptedException {
    List<Path> alike = new ArrayList<>(images.keySet());
    // The version before has about the size of this one.
    alike.sort(
        Comparator.<Path>comparingLong(
                path -> Math.abs(images.getOrDefault(path, 0L) - index.size()))
            .thenComparing(Comparator.naturalOrder()));
    long before = image.size();
    try (var assembly = new ChunkAssembly(image, wanted, opener, index, alike)) {
      Optional<String> obstacle = assembly.obstacle();
      if (obstacle.isPresent()) {
        return unused(wanted, obstacle.get());
      }
      Optional<String> stopped = assembly.run();
      LOG.info(
          "image={} action=assemble reused={} fetched={} requests={}",
          wanted.shown(),
          assembly.reused(),
          assembly.fetched(),
          assembly.requests());
      stopped.ifPresent(reason -> unused(wanted, reason));
    }
    return image.size() > before;
  }

  /** The index is not believed again until the agent starts anew. */
  void misled(Wanted wanted, String reason) {
    if (misled.size() >= MOST_MISLED) {
      misled.clear();
    }
    misled.add(wanted.content());
    unused(wanted, reason);
  }

  private static boolean unused(Wanted wanted, String reason) {
    LOG.warn(
        "image={} action=fetch the index of chunks is not used, and what is missing is fetched as a"
            + " whole: {}",
        wanted.shown(),
        reason);
    return false;
  }

  /** The images of the store with their sizes, whole or not: each chunk of them is checked. */
  private Map<Path, Long> images() {
    var images = new HashMap<Path, Long>();
    for (Sha256 digest : store.stored()) {
      Path file = root.resolve(ImageStore.path(digest).substring(1));
      try {
        images.put(file, Files.size(file));
      } catch (IOException e) {
        // It was removed meanwhile.
      }
    }
    return images;
  }
}
