package dev.sandbar.device.kernel;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Opens files that somebody else may swap at any moment. To look first and open then is not enough:
 * a pipe put there in between would be waited for without end, and opening a device does things.
 * The name is looked up once, without opening what it names (O_PATH); that thing is judged, and the
 * very same is opened then.
 */
public final class RegularFile {

  /** What is said of a link. */
  public static final String IS_LINK = "is a symbolic link";

  /** What is said of a pipe, a device, a directory. */
  public static final String IS_NOT_REGULAR = "is not a regular file";

  private static final int O_PATH = 0x200000;
  private static final int O_CLOEXEC = 0x80000;

  private RegularFile() {}

  /** It is a link, a pipe, a device or a directory. */
  public static final class OtherException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    OtherException(Path file, String reason) {
      super(file.toString(), null, reason);
    }
  }

  /**
   * Opens it for reading.
   *
   * @throws OtherException if it is anything but a regular file; a final link is not followed
   */
  public static FileChannel open(Path file) throws IOException {
    int fd = LibC.open(file.toString(), O_PATH | O_CLOEXEC | noFollow());
    if (fd < 0) {
      // Java's own call says why, where it is the file's fault.
      var _ = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      throw new FileSystemException(file.toString(), null, "cannot be opened");
    }
    try {
      Path opened = Path.of("/proc/self/fd", Integer.toString(fd));
      if (!Files.isRegularFile(opened)) {
        String reason = Files.isSymbolicLink(file) ? IS_LINK : IS_NOT_REGULAR;
        throw new OtherException(file, reason);
      }
      return FileChannel.open(opened, StandardOpenOption.READ);
    } finally {
      LibC.close(fd);
    }
  }

  /** O_NOFOLLOW, one of the few flags that differ between architectures. */
  private static int noFollow() {
    return switch (System.getProperty("os.arch", "")) {
      case "aarch64", "arm64", "arm", "ppc64", "ppc64le" -> 0x8000;
      default -> 0x20000;
    };
  }
}
