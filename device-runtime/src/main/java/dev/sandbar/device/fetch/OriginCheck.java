package dev.sandbar.device.fetch;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.kernel.StreamDigest;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds out whether an image is where a spec says that it comes from. A registry or an OCI layout
 * shows it by the manifest, which names all else by digests; of a file all bytes are read, and none
 * are kept.
 *
 * <p>Safe for use by many threads.
 */
final class OriginCheck {

  /** Files of which a part was read when the connection was lost. */
  private static final int MOST_PARTS = 16;

  /** As long as a file that is another one is not read again. */
  private static final Duration OTHER_FOR = Duration.ofHours(1);

  private static final String OTHER = "what is there is not what the digest promises";

  private final Path root;
  private final ImageStore store;
  private final DeviceSettings.Images settings;
  private final FetchLimits limits;
  private final Map<Named, Part> parts = new ConcurrentHashMap<>();

  /**
   * Files that were read to the end and are others, with when: nobody pays for that all the time.
   */
  private final Map<Named, Long> others = new ConcurrentHashMap<>();

  private record Named(ImageSource source, Sha256 image) {}

  /** The begin of a file that has been read; the next attempt goes on behind it. */
  private static final class Part {
    private StreamDigest read = StreamDigest.sha256();
    private long size;

    void restart() {
      read = StreamDigest.sha256();
      size = 0;
    }

    void add(ByteBuffer piece) throws FetchException {
      size += piece.remaining();
      if (size > ImageStore.DEFAULT_LIMIT) {
        throw new FetchException(OTHER);
      }
      read.update(piece);
    }

    Optional<String> problem(Sha256 image) {
      return HexFormat.of().formatHex(read.digest()).equals(image.hex())
          ? Optional.empty()
          : Optional.of(OTHER);
    }
  }

  /**
   * A check.
   *
   * @param root of the device's file system
   */
  OriginCheck(Path root, ImageStore store, DeviceSettings.Images settings, FetchLimits limits) {
    this.root = root;
    this.store = store;
    this.settings = settings;
    this.limits = limits;
  }

  /** Why it cannot be said that the image is there; empty if it is. */
  Optional<String> problem(ImageSource source, Sha256 image) throws InterruptedException {
    try {
      return switch (source) {
        case ImageSource.Registry registry -> {
          try (var https = new HttpsReader(ImageFetch.trust(settings), limits)) {
            var logins = new RegistryLogins(settings.authFile());
            var _ = new RegistryReader(https, logins, registry).manifest(image);
          }
          yield Optional.empty();
        }
        case ImageSource.Layout(var path) -> {
          var _ = new LayoutReader(root, path, limits).manifest(image);
          yield Optional.empty();
        }
        case ImageSource.File(var path) ->
            store.checkThere(path, image) instanceof Stored.Refused(var message)
                ? Optional.of(message)
                : Optional.empty();
        case ImageSource.Web web -> file(web, image);
      };
    } catch (IOException e) {
      return Optional.of(OneLine.of(e.getMessage()));
    }
  }

  private Optional<String> file(ImageSource.Web web, Sha256 image)
      throws IOException, InterruptedException {
    var named = new Named(web, image);
    Long read = others.get(named);
    if (read != null && System.nanoTime() - read < OTHER_FOR.toNanos()) {
      return Optional.of(OTHER + "; it is read again an hour after the last time");
    }
    Part taken = parts.remove(named);
    Part part = taken == null ? new Part() : taken;
    URI uri = URI.create(web.url());
    try (var https = new HttpsReader(ImageFetch.trust(settings), limits)) {
      Map<String, String> headers =
          part.size > 0 ? Map.of("Range", "bytes=" + part.size + "-") : Map.of();
      try (Answer answer =
          HttpRefusal.file(https.get(uri, headers), String.valueOf(uri.getHost()), false)) {
        long size = size(part, answer);
        ByteBuffer piece = next(answer);
        while (piece.hasRemaining()) {
          part.add(piece);
          piece = next(answer);
        }
        if (part.size < size) {
          throw new FetchException("the connection ended; the next attempt goes on there");
        }
        Optional<String> problem = part.problem(image);
        if (problem.isPresent()) {
          keepFew(others);
          others.put(named, System.nanoTime());
        }
        return problem;
      }
    } catch (IOException e) {
      keepFew(parts);
      parts.put(named, part);
      throw e;
    }
  }

  private static void keepFew(Map<Named, ?> known) {
    if (known.size() >= MOST_PARTS) {
      known.clear();
    }
  }

  private static ByteBuffer next(Answer answer) throws FetchException {
    try {
      return answer.body().next();
    } catch (FetchException e) {
      throw e;
    } catch (IOException e) {
      throw new FetchException("the connection was lost; the next attempt goes on there");
    }
  }

  /**
   * The size of the whole file, as far as the server says it; begins anew where it does not go on.
   */
  private static long size(Part part, Answer answer) throws IOException {
    if (answer.status() == 206) {
      ContentRange range = ContentRange.read(answer.header("Content-Range"));
      if (range.first() == part.size && range.last() == range.whole() - 1) {
        return range.whole();
      }
    }
    part.restart();
    if (answer.status() != 200) {
      throw new FetchException("the server sends another part than it was asked for");
    }
    return answer.headers().firstValueAsLong("Content-Length").orElse(0);
  }
}
