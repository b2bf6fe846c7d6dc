package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Who may read and write a unit file. */
final class FileAccess {

  /** What only root may read and write. */
  private static final String ROOT_ONLY = "mode 0600, owner 0:0";

  private FileAccess() {}

  /** Mode and owner, where not only root may read and write it; empty otherwise. */
  static String of(Path file) {
    try {
      Map<String, Object> found =
          Files.readAttributes(file, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      int mode = (Integer) found.getOrDefault("mode", 0);
      boolean regular = (mode & 0170000) == 0100000;
      String access =
          String.format(
              Locale.ROOT,
              "mode %04o, owner %s:%s",
              mode & 07777,
              found.get("uid"),
              found.get("gid"));
      return !regular || access.equals(ROOT_ONLY) ? "" : access;
    } catch (IOException e) {
      // It went away: that is what is reported.
      return "";
    }
  }
}
