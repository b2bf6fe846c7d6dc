package dev.sandbar.device.build;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.container.FolderLayer;
import dev.sandbar.device.container.SquashfsPacker;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.fetch.TagLookup;
import dev.sandbar.device.kernel.StreamDigest;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.Platform;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the file that a device would make of the same image: it is fetched into a store of its own,
 * as on a device, and taken from there.
 */
public final class ImageBuild {

  /** Names in a plain folder; each takes some 250 bytes of memory. */
  private static final int MOST_NAMES = 1_000_000;

  private static final Duration PACKING = Duration.ofMinutes(30);

  private final DeviceSettings.Images settings;
  private final Platform platform;
  private volatile @Nullable ImageFetch fetch;

  /**
   * Builds images of the platform.
   *
   * @param settings with which registries are read
   */
  public ImageBuild(DeviceSettings.Images settings, Platform platform) {
    this.settings = settings;
    this.platform = platform;
  }

  /** What came of it. */
  public sealed interface Result {
    /**
     * The file is there.
     *
     * @param content digest of the file
     * @param size in bytes
     */
    record Built(Sha256 content, long size) implements Result {}

    /** It is not; the message says why. */
    record Refused(String message) implements Result {}
  }

  /**
   * Makes an image.
   *
   * @param work an empty folder on the disk of the target, which the caller removes
   * @param target absolute; what is there is replaced once the image is whole
   */
  public Result build(BuildSource source, Path work, Path target) throws InterruptedException {
    try {
      return make(source, work, target);
    } catch (IOException e) {
      return new Result.Refused(OneLine.of(e.getMessage()));
    }
  }

  private Result make(BuildSource source, Path work, Path target)
      throws IOException, InterruptedException {
    return switch (source) {
      case BuildSource.Folder(var folder, long seconds) -> {
        Path packed = work.resolve("packed");
        new SquashfsPacker(ImageStore.DEFAULT_LIMIT, MOST_NAMES, PACKING, () -> {})
            .pack(List.of(FolderLayer.write(folder, seconds, work.resolve("layer"))), packed);
        yield moved(packed, target);
      }
      case BuildSource.Layout(var folder, var name) ->
          fetched(
              new ImageSource.Layout(folder.toString()),
              new TagLookup(settings, platform).find(folder, name),
              work,
              target);
      case BuildSource.Registry(var repository, var reference) ->
          fetched(
              repository,
              new TagLookup(settings, platform).find(repository, reference),
              work,
              target);
    };
  }

  private Result fetched(ImageSource.Remote source, TagLookup.Answer answer, Path work, Path target)
      throws IOException {
    return switch (answer) {
      case TagLookup.Answer.Refused(var message) ->
          new Result.Refused(source.shown() + ": " + message);
      case TagLookup.Answer.Found(_, _, ImageManifest.Unusable(var reason)) ->
          new Result.Refused(source.shown() + ": " + reason);
      // By the manifest of the platform, which need not be that of this machine.
      case TagLookup.Answer.Found(_, var image, _) ->
          switch (fetch(work).fetch(source, image)) {
            case ImageStore.Stored.Kept(var path, _) ->
                moved(work.resolve(path.substring(1)), target);
            case ImageStore.Stored.Refused(var message) -> new Result.Refused(message);
          };
    };
  }

  private ImageFetch fetch(Path work) {
    ImageFetch now = ImageFetch.building(Path.of("/"), new ImageStore(work), settings);
    fetch = now;
    return now;
  }

  /** How much has arrived of an image that is being fetched; empty if none is. */
  public String progress() {
    ImageFetch now = fetch;
    String far = now == null ? "" : now.progress();
    return far.isEmpty() ? "" : "fetching " + far;
  }

  private static Result moved(Path image, Path target) throws IOException {
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-r--r--"));
    var built = new Result.Built(digest(image), Files.size(image));
    Files.move(image, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return built;
  }

  /** The digest of a file. */
  static Sha256 digest(Path file) throws IOException {
    StreamDigest digest = StreamDigest.sha256();
    var buffer = ByteBuffer.allocate(1 << 20);
    try (FileChannel in = FileChannel.open(file)) {
      while (in.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return new Sha256(HexFormat.of().formatHex(digest.digest()));
  }
}
