package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.Sha256;

/**
 * Where the files of apps are stored on a device: by content, so another content is another path.
 *
 * <p>Those that an app reads again when it is reloaded are in a folder that is bound into the app,
 * and so what is put there reaches it while it runs.
 */
public final class FileStorePath {

  /** The folder of the store. */
  public static final String FOLDER = "/var/lib/sandbar/files";

  /** How the names of folders of apps begin. */
  public static final String RELOADED = "reload-";

  /**
   * How the names of files begin that a filter of the system bus reads, by the name of its unit. So
   * no other file is ever taken for one, whatever its digest is; what is in it is compared as a
   * whole.
   */
  public static final String FILTERS = "bus-";

  private FileStorePath() {}

  /** What names the file and its content in the store. */
  public static String name(AppFile file) {
    if (file.reloads()) {
      return name(file.reloadedIn(), fileName(file), file.text());
    }
    if (file.path().equals(BusProxy.FILE)) {
      return name(place(file), "", file.text());
    }
    return "sha256-" + file.digest().hex() + (file.executable() ? "-x" : "");
  }

  /**
   * What names a file in a folder of an app, or of a filter, together with its content.
   *
   * @param folder its name, or that of the file of a filter
   * @param file its name in the folder; empty for that of a filter
   */
  public static String name(String folder, String file, String content) {
    return folder + "-" + Sha256.of(file + "\0" + content).hex();
  }

  /** The name of the file in the store, or in the folder of its app. */
  public static String place(AppFile file) {
    if (file.reloads()) {
      return fileName(file);
    }
    return file.path().equals(BusProxy.FILE) ? FILTERS + BusProxy.instance(file) : name(file);
  }

  /** The name of the file in its folder. */
  public static String fileName(AppFile file) {
    return file.path().substring(file.path().lastIndexOf('/') + 1);
  }

  /** The path of the folder of the app in which the file is. */
  static String folderPath(AppFile file) {
    return FOLDER + "/" + file.reloadedIn();
  }

  /** The path of the file. */
  public static String of(AppFile file) {
    return (file.reloads() ? folderPath(file) : FOLDER) + "/" + place(file);
  }
}
