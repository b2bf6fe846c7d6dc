package dev.sandbar.device.build;

import dev.sandbar.core.model.ImageSource;
import java.nio.file.Path;

/** What an image is made of. */
public sealed interface BuildSource {

  /**
   * An image of a registry.
   *
   * @param reference a tag, or a digest with its algorithm
   */
  record Registry(ImageSource.Registry repository, String reference) implements BuildSource {}

  /**
   * An image of a folder in OCI layout.
   *
   * @param folder absolute
   * @param name of the image in it; empty for the only one
   */
  record Layout(Path folder, String name) implements BuildSource {}

  /**
   * A folder that becomes the root of the app.
   *
   * @param folder absolute
   * @param seconds since 1970, of which everything in the image is
   */
  record Folder(Path folder, long seconds) implements BuildSource {}
}
