package dev.sandbar.device.fetch;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.device.store.Platform;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Finds out what a tag names now, for people who write it into a spec or build an image. */
public final class TagLookup {

  private final DeviceSettings.Images settings;
  private final Platform platform;

  /** Looks in registries with these authorities and logins, for images of the platform. */
  public TagLookup(DeviceSettings.Images settings, Platform platform) {
    this.settings = settings;
    this.platform = platform;
  }

  /** What came of it. */
  public sealed interface Answer {
    /**
     * The tag names this.
     *
     * @param digest for the spec
     * @param image digest of the manifest for the platform: another one if the tag names an index
     * @param manifest that one
     */
    record Found(Sha256 digest, Sha256 image, ImageManifest manifest) implements Answer {}

    /** It names nothing that could be found; the message says why. */
    record Refused(String message) implements Answer {}
  }

  /**
   * What the tag of the repository names.
   *
   * @param reference a tag, or a digest with its algorithm
   */
  public Answer find(ImageSource.Registry repository, String reference)
      throws InterruptedException {
    try (var https = new HttpsReader(ImageFetch.trust(settings), FetchLimits.DEFAULT)) {
      var reader = new RegistryReader(https, new RegistryLogins(settings.authFile()), repository);
      Optional<Sha256> digest = ImageLocation.digest(reference);
      return found(
          digest.isPresent() ? reader.manifest(digest.get()) : reader.manifest(reference), reader);
    } catch (IOException e) {
      return new Answer.Refused(OneLine.of(e.getMessage()));
    }
  }

  /**
   * What the name means in an OCI layout.
   *
   * @param name of the image in it; empty for the only one
   */
  public Answer find(Path layout, String name) throws InterruptedException {
    try {
      var reader = new LayoutReader(Path.of("/"), layout.toString(), FetchLimits.DEFAULT);
      return found(reader.manifest(LayoutIndex.find(layout, name)), reader);
    } catch (IOException e) {
      return new Answer.Refused(OneLine.of(e.getMessage()));
    }
  }

  private Answer found(byte[] first, BlobReader reader) throws IOException, InterruptedException {
    Sha256 digest = Sha256.of(first);
    ImageManifest manifest = ImageManifest.read(first, platform);
    return manifest instanceof ImageManifest.OfPlatform(var next)
        ? new Answer.Found(digest, next, ImageManifest.read(reader.manifest(next), platform))
        : new Answer.Found(digest, digest, manifest);
  }
}
