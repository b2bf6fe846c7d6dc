package dev.sandbar.device.fetch;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.container.LayerException;
import dev.sandbar.device.fetch.FileFetch.Opener;
import dev.sandbar.device.fetch.FileFetch.Wanted;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.device.store.ImageOrigins;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.PartialImage;
import dev.sandbar.device.store.Platform;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/**
 * Fetches images into the store. What was fetched is used only if its digest is the declared one; a
 * fetch that breaks off goes on where it stopped.
 *
 * <p>Safe for use by many threads.
 */
public final class ImageFetch {
  private static final int MOST_VERDICTS = 1000;

  private static final String INTERRUPTED =
      "the fetch was interrupted; it goes on where it stopped";

  /**
   * What is no image, and why: nobody pays for fetching it over and over. By its place too: what a
   * digest means to a web server it need not mean to a registry.
   */
  private final Map<Named, String> unusable = new ConcurrentHashMap<>();

  /** Images whose index of chunks was of no use. */
  private final Set<Sha256> misled = ConcurrentHashMap.newKeySet();

  /** Of what is being fetched, by the digest that the spec declares. */
  private final Map<Sha256, FetchProgress> progress = new ConcurrentHashMap<>();

  private final Path root;
  private final ImageStore store;
  private final DeviceSettings.Images settings;
  private final ImagePolicy policy;
  private final FetchLimits limits;
  private final ImageOrigins origins;
  private final OriginCheck origin;

  /**
   * Fetches into this store.
   *
   * @param root of the device's file system
   */
  public ImageFetch(Path root, ImageStore store, DeviceSettings settings) {
    this(root, store, settings.images(), settings.policy().images(), FetchLimits.DEFAULT);
  }

  ImageFetch(
      Path root,
      ImageStore store,
      DeviceSettings.Images settings,
      ImagePolicy policy,
      FetchLimits limits) {
    this.root = root;
    this.store = store;
    this.settings = settings;
    this.policy = policy;
    this.limits = limits;
    this.origins = new ImageOrigins(root);
    this.origin = new OriginCheck(root, store, settings, limits);
  }

  /** Fetches where somebody builds an image, who has more memory and time than a device. */
  public static ImageFetch building(Path root, ImageStore store, DeviceSettings.Images settings) {
    return new ImageFetch(root, store, settings, ImagePolicy.NONE, FetchLimits.BUILDING);
  }

  private record Named(ImageSource source, Sha256 digest) {}

  /**
   * Images that are fetched at a time: the names in a container image, or the chunks of a large
   * one, take up to a third of the heap that the agent has.
   */
  private static final int PLACES = 2;

  private final FetchPlaces places = new FetchPlaces(PLACES);

  /** What a fetch takes up, so that no server and no image holds up the fetches of others. */
  public static Set<Object> keys(ImageSource source, Sha256 digest) {
    return Set.of(server(source), digest);
  }

  /**
   * Fetches the image, unless it is there and whole, and from there as far as that matters. If
   * somebody fetches it already, this waits for the end of that.
   *
   * @param digest that the spec declares
   */
  public Stored fetch(ImageSource.Remote source, Sha256 digest) {
    return fetch(source, digest, () -> {});
  }

  /**
   * The same.
   *
   * @param further called on the same thread when {@link #progress(Sha256)} has changed
   */
  public Stored fetch(ImageSource.Remote source, Sha256 digest, Runnable further) {
    return fetch(source, digest, false, further);
  }

  /** The same for an image that is needed later: it makes way for others. */
  public Stored fetchEarly(ImageSource.Remote source, Sha256 digest) {
    return fetch(source, digest, true, () -> {});
  }

  private Stored fetch(ImageSource.Remote source, Sha256 digest, boolean early, Runnable further) {
    if (isKnown(source, digest) && store.verify(digest)) {
      return kept(digest);
    }
    try (FetchPlaces.Place _ = places.take(server(source), digest, early)) {
      if (!store.verify(digest)) {
        return missing(source, digest, further);
      }
      return isKnown(source, digest) ? kept(digest) : verified(source, digest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return refused(source, INTERRUPTED);
    }
  }

  /**
   * Copies the image of a file into the store, unless it is there and whole, and from there as far
   * as that matters.
   */
  public Stored copy(ImageSource.File source, Sha256 digest) {
    Stored stored = store.add(source.path(), digest);
    if (!(stored instanceof Stored.Kept(_, boolean added))) {
      return stored;
    }
    if (added) {
      return recorded(stored, source, digest);
    }
    if (isKnown(source, digest)) {
      return stored;
    }
    try {
      return verified(source, digest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return refused(source, INTERRUPTED);
    }
  }

  /** What is slow for all that comes from there. */
  private static String server(ImageSource source) {
    return switch (source) {
      case ImageSource.Registry(var host, _) -> host;
      case ImageSource.Web web -> web.place().substring("https://".length());
      case ImageSource.Layout _, ImageSource.File _ -> source.place();
    };
  }

  private static Stored kept(Sha256 digest) {
    return new Stored.Kept(ImageStore.path(digest), false);
  }

  /** Whether nobody asks, or the image was there before. */
  private boolean isKnown(ImageSource source, Sha256 digest) {
    return !policy.dependsOnPlace(source) || origins.has(digest, source);
  }

  /** An image that came from another place, or from nobody knows where. */
  private Stored verified(ImageSource source, Sha256 digest) throws InterruptedException {
    Optional<String> problem = origin.problem(source, digest);
    return problem.isPresent()
        ? refused(source, "it is in the store, but not known to be from there: " + problem.get())
        : recorded(kept(digest), source, digest);
  }

  private Stored recorded(Stored stored, ImageSource source, Sha256 digest) {
    if (stored instanceof Stored.Kept) {
      try {
        origins.add(digest, source);
      } catch (IOException e) {
        return refused(
            source, "where it came from could not be kept: " + OneLine.of(e.getMessage()));
      }
    }
    return stored;
  }

  private Stored missing(ImageSource.Remote source, Sha256 digest, Runnable further) {
    var named = new Named(source, digest);
    String verdict = unusable.get(named);
    if (verdict != null) {
      return refused(source, verdict);
    }
    var now = new FetchProgress(source.shown(), further);
    progress.put(digest, now);
    try {
      Stored stored = fetched(source, digest, now);
      // A manifest is of the place whose it is; the bytes of a file may have been here before.
      return source instanceof ImageSource.Web && !now.isOfOnePlace()
          ? stored
          : recorded(stored, source, digest);
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
    } finally {
      progress.remove(digest, now);
    }
  }

  private Stored fetched(ImageSource.Remote source, Sha256 digest, FetchProgress now)
      throws IOException, InterruptedException {
    return switch (source) {
      case ImageSource.Web web -> file(web, digest, now);
      case ImageSource.Registry registry -> image(registry, digest, now);
      // A disk costs nothing to read.
      case ImageSource.Layout(var path) ->
          image(new LayoutReader(root, path, limits), false, digest, now);
    };
  }

  /**
   * How much of an image has arrived, in tenths, so that whatever shows it seldom changes.
   *
   * @param digest that the spec declares
   * @return empty if it is not being fetched, or its size is not known yet
   */
  public String progress(Sha256 digest) {
    FetchProgress now = progress.get(digest);
    return now == null ? "" : now.roughly();
  }

  /** How much has arrived of the image that is being fetched, for somebody who watches. */
  public String progress() {
    return progress.values().stream().limit(1).map(FetchProgress::exactly).findFirst().orElse("");
  }

  private static Stored refused(ImageSource source, String why) {
    return new Stored.Refused("image %s: %s".formatted(source.shown(), why));
  }

  private Stored file(ImageSource.Web web, Sha256 digest, FetchProgress now)
      throws IOException, InterruptedException {
    URI uri = URI.create(web.url());
    String host = String.valueOf(uri.getHost());
    try (var https = new HttpsReader(trust(settings), limits)) {
      var index =
          chunks(
              () -> {
                try (Answer answer = https.get(indexOf(uri), Map.of())) {
                  return answer.status() == 200
                      ? Optional.of(answer.bytes(ChunkIndex.LONGEST))
                      : Optional.empty();
                }
              });
      // Of a place that counts every byte is from there, and not from what is like it here.
      String place = policy.dependsOnPlace(web) ? web.place() : "";
      return whole(
          index,
          new Wanted(web.shown(), digest, OptionalLong.empty(), place, now),
          digest,
          List.of(),
          headers -> HttpRefusal.file(https.get(uri, headers), host, false));
    }
  }

  /** Beside the image, for whoever may read that. */
  private static URI indexOf(URI image) {
    String path = image.getRawPath().isEmpty() ? "/" : image.getRawPath();
    String query = image.getRawQuery() == null ? "" : "?" + image.getRawQuery();
    return URI.create("https://" + image.getRawAuthority() + path + ChunkIndex.SUFFIX + query);
  }

  private Stored image(ImageSource.Registry registry, Sha256 digest, FetchProgress now)
      throws IOException, InterruptedException {
    try (var https = new HttpsReader(trust(settings), limits)) {
      return image(
          new RegistryReader(https, new RegistryLogins(settings.authFile()), registry),
          true,
          digest,
          now);
    }
  }

  private Stored image(BlobReader reader, boolean far, Sha256 digest, FetchProgress now)
      throws IOException, InterruptedException {
    var chain = new ArrayList<>(List.of(reader.manifest(digest)));
    ImageManifest manifest = read(chain.getLast());
    if (manifest instanceof ImageManifest.OfPlatform(var next)) {
      chain.add(reader.manifest(next));
      manifest = read(chain.getLast());
    }
    Optional<Sha256> index = far ? ImageManifest.chunks(chain.getLast()) : Optional.<Sha256>empty();
    ChunkedFetch chunks =
        chunks(() -> index.isPresent() ? index(reader, index.get()) : Optional.empty());
    return switch (manifest) {
      case ImageManifest.OfFile(var content, long size) ->
          whole(
              chunks,
              new Wanted(now.shown(), content, OptionalLong.of(size), "", now),
              digest,
              chain,
              headers -> reader.blob(content, headers));
      case ImageManifest.OfContainer(var layers) -> {
        try (var fetched = new LayerFetch(new FileFetch(store, chunks)::arrive, reader, now)) {
          yield fetched.pack(store, layers, digest, chain, limits);
        }
      }
      case ImageManifest.OfPlatform _ ->
          throw new UnusableImageException(
              "its index leads to another index; " + ImageManifest.HELP);
      case ImageManifest.Unusable(var reason) -> throw new UnusableImageException(reason);
    };
  }

  private static Optional<byte[]> index(BlobReader reader, Sha256 digest)
      throws IOException, InterruptedException {
    try (Answer answer = reader.blob(digest, Map.of())) {
      byte[] bytes = answer.bytes(ChunkIndex.LONGEST);
      if (!Sha256.of(bytes).equals(digest)) {
        throw new FetchException("the index of chunks is not what the manifest promises");
      }
      return Optional.of(bytes);
    }
  }

  private ChunkedFetch chunks(ChunkedFetch.IndexSource source) {
    return new ChunkedFetch(root, store, misled, source);
  }

  private static ImageManifest read(byte[] manifest) {
    return ImageManifest.read(manifest, Platform.OF_THIS_MACHINE);
  }

  private Stored whole(
      ChunkedFetch chunks, Wanted wanted, Sha256 digest, List<byte[]> chain, Opener opener)
      throws IOException, InterruptedException {
    try (PartialImage image = new FileFetch(store, chunks).arrive(wanted, opener)) {
      Optional<String> problem = image.formatProblem();
      if (problem.isPresent()) {
        image.discard();
        throw new UnusableImageException(problem.get());
      }
      return store.take(image, digest, chain);
    }
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
