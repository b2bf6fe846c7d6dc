package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;

/**
 * Where the files of apps are stored on a device: by content, so another content is another path.
 */
public final class FileStorePath {

  /** The folder of the store. */
  public static final String FOLDER = "/var/lib/sandbar/files";

  private FileStorePath() {}

  /** The name of the file in the store. */
  public static String name(AppFile file) {
    return "sha256-" + file.digest().hex() + (file.executable() ? "-x" : "");
  }

  /** The path of the file. */
  public static String of(AppFile file) {
    return FOLDER + "/" + name(file);
  }
}
