package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.kernel.StreamDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An image on its way to the device. What has arrived stays when the network, the agent or the
 * power goes, and the next attempt goes on behind it. Whether it is right shows at the end: until
 * then nothing uses it. For one thread; nobody else has the same one at the same time.
 */
public final class PartialImage implements AutoCloseable {

  /**
   * Where they are on a device: on the disk of the store, but not in its folder, which is watched.
   */
  public static final String DIRECTORY = ImageStore.DIRECTORY + "/downloads";

  /** How the names of images begin that are being made of layers. */
  public static final String PACKING = "packing-";

  private static final String PREFIX = "sha256-";

  /** A power cut costs no more than this of what has arrived. */
  private static final long SYNC = 32L << 20;

  /** As often the reserve of the disk is looked at while it arrives. */
  private static final long CHECK = 1L << 20;

  private final Path root;
  private final Path file;
  private final LockFile lock;
  private final FileChannel channel;
  private final Sha256 content;
  private final long limit;
  private final DiskRoom room;
  private PromisedRoom.@Nullable Promise promise;
  private StreamDigest arrived = StreamDigest.sha256();
  private long size;
  private long total = -1;
  private long before;
  private long synced;
  private long checked;

  private PartialImage(
      Path root,
      Path file,
      LockFile lock,
      FileChannel channel,
      Sha256 content,
      long limit,
      DiskRoom room) {
    this.root = root;
    this.file = file;
    this.lock = lock;
    this.channel = channel;
    this.content = content;
    this.limit = limit;
    this.room = room;
  }

  /**
   * Opens it, or begins one.
   *
   * @param root of the device's file system
   * @param place from which every byte of it is; empty if that does not matter
   * @throws IOException if somebody else has it, or it cannot be read
   */
  static PartialImage open(Path root, Sha256 content, String place, long limit, DiskRoom room)
      throws IOException {
    String from = place.isEmpty() ? "" : "-" + Sha256.of(place).hex();
    Path file = room.directory().resolve(PREFIX + content.hex() + from);
    LockFile lock =
        lock(root, file).orElseThrow(() -> new IOException("it is being fetched already"));
    try {
      FileChannel channel = channel(file);
      try {
        var image = new PartialImage(root, file, lock, channel, content, limit, room);
        image.readArrived();
        return image;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** Of its own and never of the file: that is moved, and a lock would go with it. */
  private static Optional<LockFile> lock(Path root, Path file) throws IOException {
    return LockFile.tryTake(root, "download-" + file.getFileName());
  }

  private static FileChannel channel(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private void readArrived() throws IOException {
    var buffer = ByteBuffer.allocate(1 << 16);
    while (channel.read(buffer) >= 0) {
      size += buffer.flip().remaining();
      if (size > limit) {
        restart();
        return;
      }
      arrived.update(buffer);
      buffer.clear();
    }
    synced = size;
  }

  /** Bytes that have arrived. */
  public long size() {
    return size;
  }

  /** What has arrived, for people: {@code 5 of 100}. */
  public String progress() {
    return size + " of " + total;
  }

  /** Begins anew. */
  public void restart() throws IOException {
    channel.truncate(0);
    channel.position(0);
    arrived = StreamDigest.sha256();
    size = 0;
    synced = 0;
    checked = 0;
  }

  /**
   * Makes sure that so much fits on the disk, and that no other copy gets the room.
   *
   * @param whole size of the image in bytes
   * @return why it does not fit; empty if it does
   */
  public Optional<String> expect(long whole) {
    if (whole > limit) {
      return Optional.of(
          "is %s, more than the limit of %s; make it smaller"
              .formatted(DiskRoom.amount(whole), DiskRoom.amount(limit)));
    }
    close(promise);
    total = whole;
    before = size;
    checked = size;
    long missing = Math.max(0, whole - size);
    PromisedRoom.Promise mine = room.promised().promise(missing);
    promise = mine;
    Optional<String> problem = room.problem(missing, mine);
    if (problem.isPresent() && forgetOthers()) {
      return room.problem(missing, mine);
    }
    return problem;
  }

  /** Removes what nobody is fetching; it can be fetched again. */
  private boolean forgetOthers() {
    boolean removed = false;
    try (DirectoryStream<Path> others = Files.newDirectoryStream(room.directory(), PREFIX + "*")) {
      for (Path other : others) {
        removed |= !other.equals(file) && removeIdle(other);
      }
    } catch (IOException e) {
      // What cannot be removed takes room, and that is said.
    }
    return removed;
  }

  private boolean removeIdle(Path other) throws IOException {
    Optional<LockFile> idle = lock(root, other);
    if (idle.isEmpty()) {
      return false;
    }
    try (LockFile _ = idle.get()) {
      return Files.deleteIfExists(other);
    }
  }

  /**
   * Adds what has come.
   *
   * @throws IOException if it is more than was expected, or the disk does not take it
   */
  public void append(ByteBuffer bytes) throws IOException {
    if (size - checked >= CHECK) {
      // An app may have filled the disk since it was found to have room.
      room.requireReserve();
      checked = size;
    }
    if (size + bytes.remaining() > total) {
      throw new IOException("more was sent than the %d bytes that it has".formatted(total));
    }
    arrived.update(bytes.duplicate());
    size += bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    if (promise != null) {
      promise.written(size - before);
    }
    if (size - synced >= SYNC) {
      channel.force(true);
      synced = size;
    }
  }

  /** Whether all of it has arrived. */
  public boolean isWhole() {
    return size == total;
  }

  /** What is wrong with what has arrived; empty if it is what the digest promises. */
  public Optional<String> problem() {
    return HexFormat.of().formatHex(arrived.digest()).equals(content.hex())
        ? Optional.empty()
        : Optional.of("what was sent is not what the digest promises");
  }

  /** What is wrong with its format; empty if systemd can mount it. */
  public Optional<String> formatProblem() throws IOException {
    return ImageFormat.isKnown(channel) ? Optional.empty() : Optional.of(ImageFormat.REFUSAL);
  }

  /** Where it is. */
  public Path file() {
    return file;
  }

  /** Moves an image, whole and on the disk, to its place in the store. */
  static void move(Path from, Path place) throws IOException {
    Files.setPosixFilePermissions(from, PosixFilePermissions.fromString("r--r--r--"));
    try (FileChannel whole = FileChannel.open(from, StandardOpenOption.READ)) {
      whole.force(true);
    }
    Files.move(from, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    for (Path folder : List.of(place.resolveSibling("."), from.resolveSibling("."))) {
      DurableFiles.sync(folder);
    }
  }

  /** Removes what has arrived: it is of no use. */
  public void discard() throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void close() throws IOException {
    close(promise);
    try (lock) {
      channel.close();
    }
  }

  private static void close(PromisedRoom.@Nullable Promise promise) {
    if (promise != null) {
      promise.close();
    }
  }
}
