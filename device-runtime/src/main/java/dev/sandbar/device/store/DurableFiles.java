package dev.sandbar.device.store;

import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Files that are whole before and after a power cut, never in between, and never somewhere else: a
 * file is written beside its place, synced, moved over it, and the move is synced too. A symbolic
 * link in the place of the file is replaced, not followed; one in the place of its directory is an
 * error.
 */
public final class DurableFiles {
  /** Names of unfinished files begin and end so; systemd loads no such file. */
  private static final String TEMPORARY_PREFIX = ".";

  private static final String TEMPORARY_SUFFIX = ".sandbar-new";

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /** What is there is not what was written: reading it again is no use. */
  public static final class UnusableException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    UnusableException(Path file, String reason) {
      super(file.toString(), null, reason);
    }
  }

  private final Checkpoint checkpoint;

  /** Files that survive a power cut. */
  public DurableFiles() {
    this(Checkpoint.NONE);
  }

  DurableFiles(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /** What a file will hold, put into a channel. */
  @FunctionalInterface
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes the file, or leaves what was there.
   *
   * @param permissions as {@code ls} writes them, for example {@code rw-r--r--}; the umask does not
   *     matter
   * @throws IOException if it cannot be written; nothing is left behind
   */
  public void write(Path file, byte[] content, String permissions) throws IOException {
    write(
        file,
        channel -> {
          var bytes = ByteBuffer.wrap(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        },
        permissions);
  }

  void write(Path file, Content content, String permissions) throws IOException {
    Path name = name(file);
    byte[] random = new byte[8];
    ThreadLocalRandom.current().nextBytes(random);
    Path temporary =
        Path.of(
            TEMPORARY_PREFIX + name + "." + HexFormat.of().formatHex(random) + TEMPORARY_SUFFIX);
    try (SecureDirectoryStream<Path> directory = open(directory(file))) {
      boolean moved = false;
      try {
        try (FileChannel channel = create(directory, temporary)) {
          checkpoint.reached(Checkpoint.Step.CREATED);
          content.writeTo(channel);
          checkpoint.reached(Checkpoint.Step.WRITTEN);
          directory
              .getFileAttributeView(
                  temporary, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .setPermissions(PosixFilePermissions.fromString(permissions));
          channel.force(true);
        }
        checkpoint.reached(Checkpoint.Step.SYNCED);
        directory.move(temporary, directory, name);
        moved = true;
        checkpoint.reached(Checkpoint.Step.RENAMED);
      } finally {
        if (!moved) {
          deleteIfExists(directory, temporary);
        }
      }
    }
    sync(directory(file));
  }

  private static FileChannel create(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    SeekableByteChannel channel =
        directory.newByteChannel(
            name,
            Set.of(
                StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    return (FileChannel) channel;
  }

  /**
   * Reads a whole file.
   *
   * @param limit the largest size in bytes
   * @throws UnusableException if it is not a regular file, or larger: reading it again is no use
   */
  public byte[] read(Path file, int limit) throws IOException {
    try (FileChannel channel = RegularFile.open(file);
        InputStream in = Channels.newInputStream(channel)) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw new UnusableException(file, "larger than " + limit + " bytes");
      }
      return bytes;
    } catch (RegularFile.OtherException e) {
      throw new UnusableException(file, e.getReason());
    }
  }

  /**
   * Removes a file, a link (not what it points to) or an empty directory.
   *
   * @return whether there was one
   */
  public boolean remove(Path file) throws IOException {
    Path parent = directory(file);
    if (!Files.exists(parent, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    requireDirectory(parent);
    boolean removed = Files.deleteIfExists(file);
    if (removed) {
      sync(parent);
    }
    return removed;
  }

  /** Removes what a power cut left unfinished in the directory, and names it. */
  public List<Path> removeUnfinished(Path directory) throws IOException {
    var removed = new ArrayList<Path>();
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return removed;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, TEMPORARY_PREFIX + "*" + TEMPORARY_SUFFIX)) {
      for (Path file : files) {
        if (Files.deleteIfExists(file)) {
          removed.add(file);
        }
      }
    }
    if (!removed.isEmpty()) {
      sync(directory);
    }
    return removed;
  }

  /**
   * Makes a directory and those above it, durably.
   *
   * @param permissions of each directory that is made
   */
  public void makeDirectories(Path directory, String permissions) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Path parent = directory(directory);
    if (!Files.isDirectory(parent)) {
      makeDirectories(parent, permissions);
    }
    Set<PosixFilePermission> mode = PosixFilePermissions.fromString(permissions);
    try {
      // At once, for a crash must not leave open what shall be closed; the umask may close more.
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(mode));
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        // Somebody else made it at the same time.
        return;
      }
      throw e;
    }
    if (!Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS).equals(mode)) {
      Files.setPosixFilePermissions(directory, mode);
    }
    sync(parent);
  }

  /** Waits until the directory's entries are on the disk (fsync(2)). */
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static SecureDirectoryStream<Path> open(Path directory) throws IOException {
    requireDirectory(directory);
    DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("the file system of " + directory + " has no openat(2)");
  }

  private static void requireDirectory(Path directory) throws IOException {
    if (Files.isSymbolicLink(directory)) {
      throw new FileSystemException(
          directory.toString(), null, "is a symbolic link where a directory must be");
    }
  }

  private static void deleteIfExists(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    try {
      directory.deleteFile(name);
    } catch (NoSuchFileException e) {
      // Never made, or moved already.
    }
  }

  private static Path directory(Path file) {
    Path parent = file.getParent();
    if (parent == null || !file.isAbsolute()) {
      throw new IllegalArgumentException("not an absolute path: " + file);
    }
    return parent;
  }

  private static Path name(Path file) {
    Path name = file.getFileName();
    if (name == null) {
      throw new IllegalArgumentException("not the path of a file: " + file);
    }
    return name;
  }
}
