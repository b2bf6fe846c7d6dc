package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The file by which an app says that it must not be interrupted now: {@code $STATE_DIRECTORY/busy}.
 * That something of this name is there is all that counts, and all that is asked: an app that is
 * hostile can make a link or a device of it, and nobody follows or opens it.
 */
public final class BusyFile {

  /** In the state directory. */
  static final String NAME = "busy";

  private final Path root;

  /**
   * On one device.
   *
   * @param root of its file system
   */
  public BusyFile(Path root) {
    this.root = root;
  }

  /**
   * Whether the app says that it is busy. If that cannot be found out it is taken to be: that an
   * update waits has an end, and what is interrupted is lost.
   */
  public boolean isThere(AppName app) {
    try {
      return exists(directory(app).resolve(NAME));
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Its state directory, by ways of which the app can change nothing: root owns whatever is above
   * it. With a dynamic user a link of systemd leads to the private one (systemd.exec(5),
   * StateDirectory=); the path is known, so not even that is followed.
   */
  private Path directory(AppName app) {
    Path own = onDisk(AppDirectory.STATE.of(app));
    return Files.isDirectory(own, LinkOption.NOFOLLOW_LINKS)
        ? own
        : onDisk(AppDirectory.STATE.privateParent()).resolve(AppDirectory.nameOf(app));
  }

  private Path onDisk(String path) {
    return root.resolve(path.substring(1));
  }

  private static boolean exists(Path file) throws IOException {
    try {
      var _ = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
