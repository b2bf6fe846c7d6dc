package dev.sandbar.device.fetch;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.device.store.Platform;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.util.regex.Pattern;

/** Finds out what a tag names now, for people who write it into a spec. */
public final class TagLookup {

  /** A tag (OCI distribution specification, <em>Pulling manifests</em>). */
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

  private final DeviceSettings.Images settings;

  /** Looks in registries with these authorities and logins. */
  public TagLookup(DeviceSettings.Images settings) {
    this.settings = settings;
  }

  /** What came of it. */
  public sealed interface Answer {
    /**
     * The tag names this.
     *
     * @param digest for the spec
     * @param manifest of the image for this machine's platform
     */
    record Found(Sha256 digest, ImageManifest manifest) implements Answer {}

    /** It names nothing that could be found; the message says why. */
    record Refused(String message) implements Answer {}
  }

  /** Whether the text can be a tag. */
  public static boolean isTag(String text) {
    return TAG.matcher(text).matches();
  }

  /** What the tag of the repository names. */
  public Answer find(ImageSource.Registry repository, String tag) throws InterruptedException {
    try (var https = new HttpsReader(ImageFetch.trust(settings), FetchLimits.DEFAULT)) {
      var reader = new RegistryReader(https, new RegistryLogins(settings.authFile()), repository);
      byte[] first = reader.manifest(tag);
      Sha256 digest = Sha256.of(first);
      ImageManifest manifest = ImageManifest.read(first, Platform.OF_THIS_MACHINE);
      if (manifest instanceof ImageManifest.OfPlatform(var next)) {
        manifest = ImageManifest.read(reader.manifest(next), Platform.OF_THIS_MACHINE);
      }
      return new Answer.Found(digest, manifest);
    } catch (IOException e) {
      return new Answer.Refused(OneLine.of(e.getMessage()));
    }
  }
}
