package dev.sandbar.device.probe;

import dev.sandbar.device.kernel.RegularFile;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The program that makes the attempts. It runs on the device in the place of an app, so only root
 * may have had a say in what it is: nobody else can change it or put another one in its place.
 */
public final class KitFile {

  /** Where the package puts it. */
  public static final Path INSTALLED = Path.of("/usr/lib/sandbar/probe-kit");

  private static final int MOST_BYTES = 16 << 20;
  private static final int WRITABLE_BY_OTHERS = 022;
  private static final int STICKY = 01000;

  private KitFile() {}

  /**
   * Reads it.
   *
   * @throws IOException if it is not there, no regular file, too large, or not root's alone
   */
  public static byte[] read(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    if (Files.isDirectory(absolute, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(file.toString(), null, RegularFile.IS_NOT_REGULAR);
    }
    Path folder = absolute.resolveSibling(".").toRealPath();
    Path kit = folder.resolve(absolute.getFileName());
    for (Path at = folder; at != null; at = at.getParent()) {
      int mode = modeOfRoots(at);
      // Of what root has in a sticky folder nobody else can take anything away.
      if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
        throw new FileSystemException(file.toString(), null, at + " can be written by others");
      }
    }
    byte[] bytes = new DurableFiles().read(kit, MOST_BYTES);
    if ((modeOfRoots(kit) & WRITABLE_BY_OTHERS) != 0) {
      throw new FileSystemException(file.toString(), null, "can be written by others than root");
    }
    return bytes;
  }

  private static int modeOfRoots(Path path) throws IOException {
    if (!Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(0)) {
      throw new FileSystemException(path.toString(), null, "does not belong to root");
    }
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }
}
