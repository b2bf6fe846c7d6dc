package dev.sandbar.device.store;

import dev.sandbar.core.model.DeviceSettings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/**
 * How much of the disk the images may take, by the word of the device's owner. What no app needs is
 * removed anyway, so that nothing is left to remove when it is used up: an image is refused then.
 */
final class ImageQuota {

  private final Path images;
  private final Path downloads;
  private volatile long most = DeviceSettings.Images.NO_QUOTA;

  /**
   * None yet.
   *
   * @param images folder of the store
   * @param downloads folder of what has arrived of others
   */
  ImageQuota(Path images, Path downloads) {
    this.images = images;
    this.downloads = downloads;
  }

  /**
   * From now on.
   *
   * @param bytes that images may have; {@link DeviceSettings.Images#NO_QUOTA} for no limit
   */
  void set(long bytes) {
    most = bytes;
  }

  /**
   * Why so much more is too much; empty if it is not.
   *
   * @param more bytes that are yet to be written for one image
   * @param others bytes that are yet to be written for others
   */
  Optional<String> problem(long more, long others) {
    if (most == DeviceSettings.Images.NO_QUOTA) {
      return Optional.empty();
    }
    long used = used() + others;
    return more <= most - used
        ? Optional.empty()
        : Optional.of(
            "%s are needed, and the quota of images is %s, of which %s are in use; raise images.maxUse in agent.yaml, or remove apps that have other images"
                .formatted(DiskRoom.amount(more), DiskRoom.amount(most), DiskRoom.amount(used)));
  }

  private long used() {
    long used = 0;
    for (Path folder : List.of(images, downloads)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          used += size(file);
        }
      } catch (IOException e) {
        // No folder yet: nothing in it yet.
      }
    }
    return used;
  }

  private static long size(Path file) {
    try {
      var is = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return is.isRegularFile() ? is.size() : 0;
    } catch (IOException e) {
      // It was removed meanwhile.
      return 0;
    }
  }
}
