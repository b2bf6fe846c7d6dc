package dev.sandbar.device.store;

import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lock that ends with its process, whatever becomes of that. Nobody but the file's owner can open
 * it: whoever may read a file may also hold a lock of it (fcntl(2)), and keep everybody waiting.
 */
public final class LockFile implements AutoCloseable {

  /** Where they are: only root writes there. */
  public static final String DIRECTORY = "/run/sandbar";

  private static final String OWNER_ONLY = "rw-------";
  private static final Duration BETWEEN = Duration.ofMillis(100);

  private final FileChannel channel;

  private LockFile(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock of that name of a device.
   *
   * @param root of the device's file system
   * @return empty if another process, or another part of this one, holds it
   * @throws IOException if it cannot be made or opened, or is a link
   */
  public static Optional<LockFile> tryTake(Path root, String name) throws IOException {
    Path directory = root.resolve(DIRECTORY.substring(1));
    new DurableFiles().makeDirectories(directory, "rwxr-xr-x");
    FileChannel channel = open(directory.resolve(name));
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // This process holds it.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null ? Optional.empty() : Optional.of(new LockFile(channel));
  }

  /**
   * Waits for it.
   *
   * @param most how long
   * @return empty if it was not to be had in that time
   */
  public static Optional<LockFile> take(Path root, String name, Duration most)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    Optional<LockFile> lock = tryTake(root, name);
    while (lock.isEmpty() && System.nanoTime() - begun < most.toNanos()) {
      Thread.sleep(BETWEEN);
      lock = tryTake(root, name);
    }
    return lock;
  }

  private static FileChannel open(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      RegularFile.open(file).close();
    }
    var permissions = PosixFilePermissions.fromString(OWNER_ONLY);
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(permissions));
    try {
      if (!Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).equals(permissions)) {
        Files.setPosixFilePermissions(file, permissions);
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
