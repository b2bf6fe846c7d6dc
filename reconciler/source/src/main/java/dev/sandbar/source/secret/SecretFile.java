package dev.sandbar.source.secret;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * A secret that stands in a file of its own. Read at each use, so that a changed secret takes
 * effect at once; no object that lives on holds it, and no text of one shows it.
 *
 * @param path absolute
 * @param longest in bytes; more is refused
 */
public record SecretFile(Path path, int longest) {

  private static final int LONGEST = 4096;
  private static final int ROOT = 0;
  private static final int NOBODY = -1;
  private static final int LONGEST_STATUS = 1 << 14;
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  /** A secret of at most 4 KiB. */
  public SecretFile(Path path) {
    this(path, LONGEST);
  }

  /** What came of reading. */
  public sealed interface Reading {

    /** The bytes without the newline that editors add at the end. */
    record Secret(byte[] bytes) implements Reading {
      @Override
      public String toString() {
        return "Secret[...]";
      }
    }

    /** It cannot be used, and how to fix it. */
    record Unusable(String reason) implements Reading {}
  }

  /**
   * Reads it, if nobody else can: it is a regular file (a link to one will do) that belongs to root
   * or to the user of this process, and that neither its group nor others may read or write.
   */
  public Reading read() {
    return read(ownUser());
  }

  Reading read(int user) {
    try {
      Path real = path.toRealPath();
      PosixFileAttributes attributes =
          Files.readAttributes(real, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        return new Reading.Unusable(path + " is not a file");
      }
      Set<PosixFilePermission> open = EnumSet.copyOf(OTHERS);
      open.retainAll(attributes.permissions());
      if (!open.isEmpty()) {
        return new Reading.Unusable(path + " can be read or changed by others; run: " + help());
      }
      int owner = (int) Files.getAttribute(real, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (owner != ROOT && owner != user) {
        return new Reading.Unusable(
            path + " belongs to another user (" + owner + "); run: " + help());
      }
      try (InputStream in = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
        return usable(in.readNBytes(longest + 1));
      }
    } catch (NoSuchFileException e) {
      return new Reading.Unusable(path + " does not exist");
    } catch (IOException e) {
      return new Reading.Unusable(path + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  private String help() {
    return "chown root: " + path + " && chmod 600 " + path;
  }

  /** The effective user of this process (proc_pid_status(5)); nobody if it cannot be read. */
  private static int ownUser() {
    try (InputStream in = Files.newInputStream(Path.of("/proc/self/status"))) {
      String status = new String(in.readNBytes(LONGEST_STATUS), StandardCharsets.US_ASCII);
      return status
          .lines()
          .filter(line -> line.startsWith("Uid:"))
          .map(line -> Integer.parseInt(line.split("\\s+")[2]))
          .findFirst()
          .orElse(NOBODY);
    } catch (IOException e) {
      return NOBODY;
    }
  }

  private Reading usable(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
      end--;
    }
    if (end == 0) {
      return new Reading.Unusable(path + " is empty");
    }
    if (end > longest) {
      return new Reading.Unusable(path + " is larger than " + longest + " bytes");
    }
    return new Reading.Secret(Arrays.copyOf(bytes, end));
  }
}
