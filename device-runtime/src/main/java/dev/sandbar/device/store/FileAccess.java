package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Who may read and write a unit file. */
final class FileAccess {

  /** The mode of what only its owner may read and write. */
  private static final int ROOT_ONLY = 0600;

  private FileAccess() {}

  /** Mode and owner, where not only root may read and write it; empty otherwise. */
  static String of(Path file) {
    try {
      Map<String, Object> found =
          Files.readAttributes(file, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      int mode = (Integer) found.getOrDefault("mode", 0);
      Object user = found.getOrDefault("uid", -1);
      Object group = found.getOrDefault("gid", -1);
      boolean regular = (mode & 0170000) == 0100000;
      return !regular || ((mode & 07777) == ROOT_ONLY && user.equals(0) && group.equals(0))
          ? ""
          : String.format(Locale.ROOT, "mode %04o, owner %s:%s", mode & 07777, user, group);
    } catch (IOException e) {
      // It went away: that is what is reported.
      return "";
    }
  }
}
