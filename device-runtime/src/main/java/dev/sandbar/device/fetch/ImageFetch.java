package dev.sandbar.device.fetch;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.container.LayerException;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.PartialImage;
import dev.sandbar.device.store.Platform;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches images into the store. What was fetched is used only if its digest is the declared one; a
 * fetch that breaks off goes on where it stopped.
 *
 * <p>Safe for use by many threads.
 */
public final class ImageFetch {
  private static final Logger LOG = LoggerFactory.getLogger(ImageFetch.class);

  private static final Duration BETWEEN_LOGS = Duration.ofSeconds(10);

  private static final int MOST_VERDICTS = 1000;

  private static final String INTERRUPTED =
      "the fetch was interrupted; it goes on where it stopped";

  /**
   * What is no image, and why: nobody pays for fetching it over and over. By its place too: what a
   * digest means to a web server it need not mean to a registry.
   */
  private final Map<Named, String> unusable = new ConcurrentHashMap<>();

  private final Path root;
  private final ImageStore store;
  private final DeviceSettings.Images settings;
  private final FetchLimits limits;

  /**
   * Fetches into this store.
   *
   * @param root of the device's file system
   */
  public ImageFetch(Path root, ImageStore store, DeviceSettings.Images settings) {
    this(root, store, settings, FetchLimits.DEFAULT);
  }

  ImageFetch(Path root, ImageStore store, DeviceSettings.Images settings, FetchLimits limits) {
    this.root = root;
    this.store = store;
    this.settings = settings;
    this.limits = limits;
  }

  /** Fetches where somebody builds an image, who has more memory and time than a device. */
  public static ImageFetch building(Path root, ImageStore store, DeviceSettings.Images settings) {
    return new ImageFetch(root, store, settings, FetchLimits.BUILDING);
  }

  private record Named(ImageSource source, Sha256 digest) {}

  /** Images on their way, so that nobody fetches one beside another. */
  private final Set<Sha256> underway = new HashSet<>();

  /**
   * A file that is to be fetched.
   *
   * @param shown what it is called
   * @param size in bytes, where that is known before
   */
  record Wanted(String shown, Sha256 content, OptionalLong size) {}

  /** Asks for the file from some byte on. */
  @FunctionalInterface
  interface Opener {
    Answer open(Map<String, String> headers) throws IOException, InterruptedException;
  }

  /**
   * Fetches the image, unless it is there and whole. If somebody fetches it already, this waits for
   * the end of that.
   *
   * @param digest that the spec declares
   */
  public Stored fetch(ImageSource.Remote source, Sha256 digest) {
    try {
      begin(digest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return refused(source, INTERRUPTED);
    }
    try {
      return missing(source, digest);
    } finally {
      end(digest);
    }
  }

  private void begin(Sha256 digest) throws InterruptedException {
    synchronized (underway) {
      while (!underway.add(digest)) {
        underway.wait();
      }
    }
  }

  private void end(Sha256 digest) {
    synchronized (underway) {
      underway.remove(digest);
      underway.notifyAll();
    }
  }

  private Stored missing(ImageSource.Remote source, Sha256 digest) {
    if (store.verify(digest)) {
      return new Stored.Kept(ImageStore.path(digest), false);
    }
    var named = new Named(source, digest);
    String verdict = unusable.get(named);
    if (verdict != null) {
      return refused(source, verdict);
    }
    try {
      return switch (source) {
        case ImageSource.Web web -> file(web, digest);
        case ImageSource.Registry registry -> image(registry, digest);
        case ImageSource.Layout(var path) ->
            image(new LayoutReader(root, path, limits), source.shown(), digest);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return refused(source, INTERRUPTED);
    } catch (UnusableImageException | LayerException e) {
      if (unusable.size() >= MOST_VERDICTS) {
        unusable.clear();
      }
      String message = OneLine.of(e.getMessage());
      unusable.put(named, message);
      return refused(source, message);
    } catch (IOException e) {
      return refused(source, OneLine.of(e.getMessage()));
    }
  }

  private static Stored refused(ImageSource source, String why) {
    return new Stored.Refused("image %s: %s".formatted(source.shown(), why));
  }

  private Stored file(ImageSource.Web web, Sha256 digest) throws IOException, InterruptedException {
    URI uri = URI.create(web.url());
    String host = String.valueOf(uri.getHost());
    try (var https = new HttpsReader(trust(settings), limits)) {
      return whole(
          new Wanted(web.shown(), digest, OptionalLong.empty()),
          digest,
          List.of(),
          headers -> HttpRefusal.file(https.get(uri, headers), host, false));
    }
  }

  private Stored image(ImageSource.Registry registry, Sha256 digest)
      throws IOException, InterruptedException {
    try (var https = new HttpsReader(trust(settings), limits)) {
      return image(
          new RegistryReader(https, new RegistryLogins(settings.authFile()), registry),
          registry.shown(),
          digest);
    }
  }

  private Stored image(BlobReader reader, String shown, Sha256 digest)
      throws IOException, InterruptedException {
    var chain = new ArrayList<>(List.of(reader.manifest(digest)));
    ImageManifest manifest = read(chain.getLast());
    if (manifest instanceof ImageManifest.OfPlatform(var next)) {
      chain.add(reader.manifest(next));
      manifest = read(chain.getLast());
    }
    return switch (manifest) {
      case ImageManifest.OfFile(var content, long size) ->
          whole(
              new Wanted(shown, content, OptionalLong.of(size)),
              digest,
              chain,
              headers -> reader.blob(content, headers));
      case ImageManifest.OfContainer(var layers) -> {
        try (var fetched = new LayerFetch(this::arrive, reader, shown)) {
          yield fetched.pack(store, layers, digest, chain, limits);
        }
      }
      case ImageManifest.OfPlatform _ ->
          throw new UnusableImageException(
              "its index leads to another index; " + ImageManifest.HELP);
      case ImageManifest.Unusable(var reason) -> throw new UnusableImageException(reason);
    };
  }

  private static ImageManifest read(byte[] manifest) {
    return ImageManifest.read(manifest, Platform.OF_THIS_MACHINE);
  }

  private Stored whole(Wanted wanted, Sha256 digest, List<byte[]> chain, Opener opener)
      throws IOException, InterruptedException {
    try (PartialImage image = arrive(wanted, opener)) {
      Optional<String> problem = image.formatProblem();
      if (problem.isPresent()) {
        image.discard();
        throw new UnusableImageException(problem.get());
      }
      return store.take(image, digest, chain);
    }
  }

  /** The file, once all of it has arrived and is what its digest promises. */
  private PartialImage arrive(Wanted wanted, Opener opener)
      throws IOException, InterruptedException {
    PartialImage image = store.partial(wanted.content());
    boolean arrived = false;
    try {
      long before = image.size();
      Optional<String> wrong = receive(image, wanted, opener);
      if (wrong.isPresent() && before > 0) {
        // A power cut may have left what was never written: once more, all of it.
        image.restart();
        wrong = receive(image, wanted, opener);
      }
      if (wrong.isPresent()) {
        image.discard();
        throw new FetchException(wrong.get());
      }
      arrived = true;
      return image;
    } finally {
      if (!arrived) {
        image.close();
      }
    }
  }

  /**
   * Receives what is missing.
   *
   * @return what is wrong with what has arrived; empty if it is the image
   */
  private static Optional<String> receive(PartialImage image, Wanted wanted, Opener opener)
      throws IOException, InterruptedException {
    if (wanted.size().isPresent() && image.size() == wanted.size().getAsLong()) {
      return image.problem();
    }
    Map<String, String> headers =
        image.size() > 0 ? Map.of("Range", "bytes=" + image.size() + "-") : Map.of();
    try (Answer answer = opener.open(headers)) {
      long size = size(image, answer);
      if (wanted.size().isPresent() && wanted.size().getAsLong() != size) {
        throw new FetchException(
            "%d bytes are offered, and its manifest says %d"
                .formatted(size, wanted.size().getAsLong()));
      }
      Optional<String> problem = image.expect(size);
      if (problem.isPresent()) {
        throw new FetchException(problem.get());
      }
      copy(wanted.shown(), image, answer, size);
    }
    return image.problem();
  }

  /** The size of the whole image; begins anew where the server does not go on. */
  private static long size(PartialImage image, Answer answer) throws IOException {
    switch (answer.status()) {
      case 200 -> {
        image.restart();
        return length(answer.header("Content-Length"));
      }
      case 206 -> {
        ContentRange range = ContentRange.read(answer.header("Content-Range"));
        if (range.first() != image.size()) {
          throw new FetchException("the server sends another part than it was asked for");
        }
        return range.whole();
      }
      default -> {
        image.restart();
        throw new FetchException("the file is not the one whose first part was fetched before");
      }
    }
  }

  private static long length(String header) throws FetchException {
    if (header.isEmpty() || header.length() > 15 || !header.chars().allMatch(Character::isDigit)) {
      throw new FetchException(
          "the server does not say how large the file is (Content-Length); serve it as a file");
    }
    return Long.parseLong(header);
  }

  private static void copy(String shown, PartialImage image, Answer answer, long size)
      throws IOException {
    long logged = System.nanoTime();
    ByteBuffer piece = next(image, answer);
    while (piece.hasRemaining()) {
      image.append(piece);
      if (System.nanoTime() - logged > BETWEEN_LOGS.toNanos()) {
        logged = System.nanoTime();
        LOG.info("image={} action=fetch bytes={} of={}", shown, image.size(), size);
      }
      piece = next(image, answer);
    }
    if (!image.isWhole()) {
      throw ended(image, "the connection ended");
    }
  }

  private static ByteBuffer next(PartialImage image, Answer answer) throws FetchException {
    try {
      return answer.body().next();
    } catch (FetchException e) {
      throw ended(image, e.getMessage());
    } catch (IOException e) {
      throw ended(image, "the connection was lost");
    }
  }

  private static FetchException ended(PartialImage image, @Nullable String why) {
    return new FetchException(
        "%s after %s bytes; the next attempt goes on there".formatted(why, image.progress()));
  }

  static SSLContext trust(DeviceSettings.Images settings) throws FetchException {
    if (settings.caFile().isEmpty()) {
      return TrustedAuthorities.system();
    }
    return switch (TrustedAuthorities.from(Path.of(settings.caFile()))) {
      case TrustedAuthorities.Reading.Trusted(var context) -> context;
      case TrustedAuthorities.Reading.Unusable(var reason) ->
          throw new FetchException("images.caFile: " + reason);
    };
  }
}
