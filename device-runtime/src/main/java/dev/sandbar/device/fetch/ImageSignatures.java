package dev.sandbar.device.fetch;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.signature.ImageSignature;
import dev.sandbar.device.signature.ImageSignature.Judgement;
import dev.sandbar.device.signature.SigningKey;
import dev.sandbar.device.store.ImageOrigins;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.StoredSignatures;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges images by the policy of the device's owner. A good signature is kept, and judged again
 * with the keys of the policy whenever it matters: what needs no network needs none.
 *
 * <p>Safe for use by many threads.
 */
public final class ImageSignatures {

  private static final Logger LOG = LoggerFactory.getLogger(ImageSignatures.class);

  private static final String SETTINGS = "policy: {images: ...} in /etc/sandbar/agent.yaml";

  private final Path root;
  private final DeviceSettings settings;
  private final FetchLimits limits;
  private final StoredSignatures stored;
  private final ImageOrigins origins;
  private final OriginCheck origin;

  /**
   * For a device.
   *
   * @param root of its file system
   */
  public ImageSignatures(Path root, DeviceSettings settings) {
    this.root = root;
    this.settings = settings;
    this.limits = FetchLimits.DEFAULT;
    this.stored = new StoredSignatures(root);
    this.origins = new ImageOrigins(root);
    this.origin = new OriginCheck(root, new ImageStore(root), settings.images(), limits);
  }

  private ImagePolicy policy() {
    return settings.policy().images();
  }

  /** What can be said without asking anybody; empty if nothing is kept that says it. */
  Optional<SignatureVerdict> offline(ImageSource source, Sha256 image) {
    if (!isFromThere(source, image)) {
      return kept(image, keys(policy().keysForAnyPlace(), new ArrayList<>()));
    }
    return policy().covers(source)
        ? kept(image, keys(policy().keys(source), new ArrayList<>()))
        : Optional.of(new SignatureVerdict.Good());
  }

  /** Whether what an earlier verdict came from is still there. */
  boolean isKept(ImageSource source, Sha256 image) {
    return isFromThere(source, image) && (!policy().covers(source) || stored.has(image));
  }

  /**
   * Whether the place that a spec claims may be believed: nothing depends on it, the image will be
   * fetched from there, or it was.
   */
  private boolean isFromThere(ImageSource source, Sha256 image) {
    return !policy().dependsOnPlace(source)
        || !origins.isStored(image)
        || origins.has(image, source);
  }

  /** Judges, and keeps what it had to ask for: a good signature, and a place. Takes its time. */
  public SignatureVerdict judge(ImageSource source, Sha256 image) {
    return judge(
        source, image, good -> stored.write(image, good.kept()), () -> origins.add(image, source));
  }

  /** The same, where nothing of the device shall change. */
  public SignatureVerdict look(ImageSource source, Sha256 image) {
    return judge(source, image, _ -> {}, () -> {});
  }

  /** What is done with a good signature that was not known before. */
  @FunctionalInterface
  private interface Keeper {
    void keep(ImageSignature good) throws IOException;
  }

  /** What is done when an image was found at the place that a spec claims. */
  @FunctionalInterface
  private interface Found {
    void keep() throws IOException;
  }

  private SignatureVerdict judge(ImageSource source, Sha256 image, Keeper keeper, Found found) {
    if (isFromThere(source, image)) {
      return judge(source, image, policy().keys(source), keeper);
    }
    Optional<SignatureVerdict> kept = offline(source, image);
    if (kept.isPresent()) {
      return kept.get();
    }
    Optional<String> problem = elsewhere(source, image, found);
    if (problem.isEmpty()) {
      return judge(source, image, policy().keys(source), keeper);
    }
    List<String> keys = policy().keysForAnyPlace();
    return policy().covers(source) && !keys.isEmpty()
        ? judge(source, image, keys, keeper)
        : bad(source, image, problem.get(), placeHelp(source));
  }

  /** Why the image does not count as one from the place that is claimed; empty if it does. */
  private Optional<String> elsewhere(ImageSource source, Sha256 image, Found found) {
    try {
      Optional<String> problem = origin.problem(source, image);
      if (problem.isEmpty()) {
        found.keep();
        return Optional.empty();
      }
      List<String> places = origins.places(image);
      return Optional.of(
          "the one in the store of the device came from %s, and could not be verified at %s: %s"
              .formatted(
                  places.isEmpty() ? "where nobody knows" : String.join(", ", places),
                  source.shown(),
                  problem.get()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("its place could not be verified: that was interrupted");
    } catch (IOException e) {
      return Optional.of("where it came from could not be kept: " + OneLine.of(e.getMessage()));
    }
  }

  private static String placeHelp(ImageSource source) {
    return "make it available at %s, where it is verified again by itself, or name the place that it came from"
        .formatted(source.shown());
  }

  private SignatureVerdict judge(
      ImageSource source, Sha256 image, List<String> files, Keeper keeper) {
    if (!policy().covers(source)) {
      return new SignatureVerdict.Good();
    }
    var problems = new ArrayList<String>();
    List<SigningKey> keys = keys(files, problems);
    Optional<SignatureVerdict> kept = kept(image, keys);
    if (kept.isPresent()) {
      return kept.get();
    }
    if (keys.isEmpty()) {
      String why =
          problems.isEmpty() ? "none of its keys may sign those from there" : problems.getFirst();
      return bad(source, image, why, "correct " + SETTINGS + " of the device");
    }
    try {
      return switch (source) {
        case ImageSource.Registry registry -> {
          try (var https = new HttpsReader(ImageFetch.trust(settings.images()), limits)) {
            var logins = new RegistryLogins(settings.images().authFile());
            var reader = new RegistryReader(https, logins, registry);
            yield search(new RegistrySignatures(reader), source, image, keys, keeper);
          }
        }
        case ImageSource.Layout(var path) ->
            search(
                new LayoutSignatures(root, path, new LayoutReader(root, path, limits)),
                source,
                image,
                keys,
                keeper);
        case ImageSource.File _, ImageSource.Web _ ->
            bad(source, image, "nothing there has one", help(source, image, keys));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return bad(source, image, "the search for it was interrupted", "it is tried again");
    } catch (IOException e) {
      return bad(
          source,
          image,
          "it could not be checked: " + OneLine.of(e.getMessage()),
          "it is tried again by itself; make the registry reachable for the device");
    }
  }

  private SignatureVerdict search(
      SignatureReader reader,
      ImageSource source,
      Sha256 image,
      List<SigningKey> keys,
      Keeper keeper)
      throws IOException, InterruptedException {
    var search = new SignatureSearch(reader, image, keys);
    Optional<ImageSignature> good = search.find();
    if (good.isEmpty()) {
      return bad(source, image, search.found(), help(source, image, keys));
    }
    keeper.keep(good.get());
    LOG.info("image={} action=verified place={}", image.abbreviated(), source.shown());
    return new SignatureVerdict.Good();
  }

  private Optional<SignatureVerdict> kept(Sha256 image, List<SigningKey> keys) {
    try {
      return stored
          .read(image, ImageSignature.LONGEST_BUNDLE)
          .filter(it -> ImageSignature.ofKept(it).judge(image, keys) instanceof Judgement.Good)
          .map(_ -> new SignatureVerdict.Good());
    } catch (IOException e) {
      // As if nothing had been kept.
      LOG.warn("image={} action=verify {}", image.abbreviated(), OneLine.of(e.getMessage()));
      return Optional.empty();
    }
  }

  private List<SigningKey> keys(List<String> files, List<String> problems) {
    var keys = new ArrayList<SigningKey>();
    for (String file : files) {
      switch (SigningKey.read(root, file)) {
        case SigningKey.Reading.Usable(var key) -> keys.add(key);
        case SigningKey.Reading.Unusable(var reason) -> problems.add(reason);
      }
    }
    return keys;
  }

  private static SignatureVerdict bad(ImageSource source, Sha256 image, String why, String help) {
    return new SignatureVerdict.Bad(
        "the policy of this device wants the image %s (%s) to be signed: %s"
            .formatted(source.shown(), image.abbreviated(), why),
        help);
  }

  private static String help(ImageSource source, Sha256 image, List<SigningKey> keys) {
    return "sign it for %s: 'cosign sign --key cosign.key %s@sha256:%s'; or except its place under unsigned of %s"
        .formatted(
            String.join(" or ", keys.stream().map(SigningKey::file).toList()),
            source instanceof ImageSource.Registry ? source.shown() : "HOST/REPOSITORY",
            image.hex(),
            SETTINGS);
  }
}
