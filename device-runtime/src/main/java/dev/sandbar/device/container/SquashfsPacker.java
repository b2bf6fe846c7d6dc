package dev.sandbar.device.container;

import dev.sandbar.device.container.FlatTree.Directory;
import dev.sandbar.device.container.FlatTree.File;
import dev.sandbar.device.container.FlatTree.Symlink;
import dev.sandbar.device.container.LayerEntry.Attributes;
import dev.sandbar.device.kernel.ZstdStream;
import dev.sandbar.report.OneLine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Makes one squashfs of the layers of a container image. The layers are read several times: for
 * what is where, and for the content, which goes through a pipe to {@code sqfstar} (squashfs-tools
 * 4.5). Neither devices nor rights of other users nor extended attributes, which can hold
 * capabilities, go along.
 */
public final class SquashfsPacker {

  /** What makes a squashfs of an archive. */
  public static final String PROGRAM = "sqfstar";

  /** The Debian package that has it. */
  public static final String PACKAGE = "squashfs-tools";

  private static final List<String> FOLDERS = List.of("/usr/bin", "/usr/local/bin");

  /** Names in all layers together that an agent has memory for. */
  public static final int MOST_NAMES = FlatTree.MOST_NAMES;

  /**
   * Entries of a layer for each name that there may be: archives repeat some, directories mostly.
   */
  private static final int ENTRIES = 2;

  /** Where systemd mounts something in every app, or an app has its own. */
  private static final List<List<String>> MOUNT_POINTS =
      Stream.of(
              "proc",
              "sys",
              "dev",
              "run",
              "tmp",
              "etc",
              "var/tmp",
              "var/lib",
              "var/cache",
              "var/log")
          .map(path -> List.of(path.split("/", -1)))
          .toList();

  private static final int LONGEST_COMPLAINT = 4096;

  /** Bytes that are written before the disk is looked at again. */
  private static final long BETWEEN_CHECKS = 16 << 20;

  /** The agent has memory for one tree of names at a time. */
  private static final ReentrantLock ALONE = new ReentrantLock();

  private final long most;
  private final int names;
  private final Duration timeout;
  private final RoomCheck room;

  /** The disk is too full; the program that packs is not at fault. */
  private static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1L;

    NoRoomException(String message) {
      super(message);
    }
  }

  /** Called between two pieces of what is written. */
  @FunctionalInterface
  public interface RoomCheck {
    /**
     * Looks at the disk.
     *
     * @throws IOException if nothing more may be written there
     */
    void require() throws IOException;
  }

  /**
   * A packer.
   *
   * @param most bytes that the layers may decompress to
   * @param names that they may have
   * @param timeout how long it may take
   */
  public SquashfsPacker(long most, int names, Duration timeout, RoomCheck room) {
    this.most = most;
    this.names = names;
    this.timeout = timeout;
    this.room = room;
  }

  /**
   * Why nothing can be packed here, and what to do; empty if it can.
   *
   * @param compressions of the layers
   */
  public static Optional<String> obstacle(Collection<Compression> compressions) {
    return program().isPresent()
        ? Optional.of(Compression.ZSTD)
            .filter(compressions::contains)
            .flatMap(_ -> ZstdStream.obstacle())
        : Optional.of(
            "is a container image, and %s, which makes a file system of it, is missing; install the package %s on the device, or push the squashfs itself"
                .formatted(PROGRAM, PACKAGE));
  }

  /** Whether the program that packs is missing. */
  public static boolean isMissing() {
    return program().isEmpty();
  }

  private static Optional<Path> program() {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, PROGRAM))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Packs them.
   *
   * @param layers the lowest first
   * @param target a file that does not exist
   * @throws LayerException if no attempt can pack them
   * @throws IOException if this one could not; the target may exist then
   */
  public void pack(List<Layer> layers, Path target) throws IOException, InterruptedException {
    Path program = program().orElseThrow(() -> new IOException(obstacle(List.of()).orElse("")));
    ALONE.lockInterruptibly();
    try {
      pack(program, layers, target);
    } finally {
      ALONE.unlock();
    }
  }

  private void pack(Path program, List<Layer> layers, Path target)
      throws IOException, InterruptedException {
    var tree = new FlatTree(names);
    var budget = new ByteBudget(most);
    var entries = new int[layers.size()];
    for (int i = 0; i < layers.size(); i++) {
      entries[i] = lay(i, layers.get(i), tree, budget);
    }
    if (tree.root().items().isEmpty()) {
      throw new LayerException(
          "holds nothing: it is neither a squashfs or erofs nor the archive of a container");
    }
    tree.addMissing(MOUNT_POINTS);
    Path complaints = Files.createTempFile("sandbar-sqfstar", ".log");
    try {
      Process process = start(program, target, complaints, tree);
      Thread watch = Thread.ofVirtual().start(() -> endLate(process));
      try {
        write(tree, FileNames.of(tree, entries), layers, process.getOutputStream());
        if (process.waitFor() != 0) {
          throw failed(process, complaints);
        }
      } catch (LayerException | NoRoomException e) {
        throw e;
      } catch (IOException e) {
        // The pipe breaks when the program gives up, and it says why.
        throw process.waitFor(1, TimeUnit.SECONDS) ? failed(process, complaints) : e;
      } finally {
        watch.interrupt();
        process.destroyForcibly();
      }
    } finally {
      Files.deleteIfExists(complaints);
    }
  }

  /**
   * Lays a layer on those below.
   *
   * @return how many entries it has
   */
  int lay(int number, Layer layer, FlatTree tree, ByteBudget budget) throws IOException {
    try (var reader = new LayerReader(layer, new ByteBudget(most))) {
      while (reader.next()) {
        LayerEntry entry = reader.entry();
        if (entry.isWhiteout()) {
          tree.remove(entry);
        }
      }
    }
    int entries = 0;
    try (var reader = new LayerReader(layer, budget)) {
      while (reader.next()) {
        // Of each there is a place in memory, also of those that others replace.
        if (entries == ENTRIES * names) {
          throw new LayerException(
              "a layer has more than %d entries; make a squashfs of it with 'sandbar image build', and push that"
                  .formatted(entries));
        }
        tree.add(number, entries++, reader.entry());
      }
    }
    return entries;
  }

  private static Process start(Path program, Path target, Path complaints, FlatTree tree)
      throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "-quiet",
                "-no-progress",
                "-no-xattrs",
                "-reproducible",
                "-root-mode",
                "755",
                "-root-uid",
                "0",
                "-root-gid",
                "0",
                "-processors",
                "1",
                "-mem",
                "64M"));
    if (tree.isOfRoot()) {
      // sqfstar 4.5 does not heed -root-uid: the root would belong to whoever runs it.
      command.add("-all-root");
    } else if (!isRoot()) {
      throw new IOException(
          "it has files of other users than root, and %s run by such a user gives that one the root of the image too; run this as root, or by 'unshare --map-root-user'"
              .formatted(PROGRAM));
    }
    command.add(target.toString());
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    // Else the root would be of the time of packing: the program knows no other way to set it.
    builder.environment().put("SOURCE_DATE_EPOCH", Long.toString(tree.latest()));
    builder.redirectErrorStream(true);
    builder.redirectOutput(complaints.toFile());
    return builder.start();
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  /** A pipe that nobody empties would be waited for without end. */
  private void endLate(Process process) {
    try {
      if (!process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      // It has ended.
    }
  }

  private static IOException failed(Process process, Path complaints)
      throws IOException, InterruptedException {
    byte[] said;
    try (var in = Files.newInputStream(complaints)) {
      said = in.readNBytes(LONGEST_COMPLAINT);
    }
    return new IOException(
        "%s ended with exit status %d: %s"
            .formatted(
                PROGRAM, process.waitFor(), OneLine.of(new String(said, StandardCharsets.UTF_8))));
  }

  private void write(FlatTree tree, FileNames names, List<Layer> layers, OutputStream pipe)
      throws IOException {
    try (var out =
        new TarArchiveOutputStream(
            new BufferedOutputStream(pipe, 1 << 16), StandardCharsets.UTF_8.name())) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      out.setAddPaxHeadersForNonAsciiNames(true);
      directories(tree.root(), "", out);
      var budget = new ByteBudget(most);
      for (int i = 0; i < layers.size(); i++) {
        try (var reader = new LayerReader(layers.get(i), budget)) {
          files(reader, i, names, out);
        }
      }
    }
  }

  /** Those above before those below, and links with them: nothing goes through a link here. */
  private static void directories(Directory directory, String path, TarArchiveOutputStream out)
      throws IOException {
    if (!path.isEmpty()) {
      var entry = new TarArchiveEntry(path, TarConstants.LF_DIR, true);
      put(entry, directory.attributes(), out);
      out.closeArchiveEntry();
    }
    for (var item : directory.items().entrySet()) {
      switch (item.getValue()) {
        case Directory inner -> directories(inner, path + item.getKey() + "/", out);
        case Symlink(var from, var target) -> {
          var entry = new TarArchiveEntry(path + item.getKey(), TarConstants.LF_SYMLINK, true);
          entry.setLinkName(target);
          put(entry, from, out);
          out.closeArchiveEntry();
        }
        case File _ -> {}
      }
    }
  }

  private void files(LayerReader reader, int layer, FileNames all, TarArchiveOutputStream out)
      throws IOException {
    for (int i = 0; reader.next(); i++) {
      List<String> names = all.of(layer, i);
      if (!names.isEmpty()) {
        Attributes from = reader.entry().attributes();
        var entry = new TarArchiveEntry(names.getFirst(), TarConstants.LF_NORMAL, true);
        entry.setSize(reader.size());
        put(entry, from, out);
        copy(reader.content(), out);
        out.closeArchiveEntry();
        for (String name : names.subList(1, names.size())) {
          var link = new TarArchiveEntry(name, TarConstants.LF_LINK, true);
          link.setLinkName(names.getFirst());
          put(link, from, out);
          out.closeArchiveEntry();
        }
      }
    }
  }

  private void requireRoom() throws NoRoomException {
    try {
      room.require();
    } catch (IOException e) {
      throw new NoRoomException(String.valueOf(e.getMessage()));
    }
  }

  private void copy(InputStream content, OutputStream out) throws IOException {
    requireRoom();
    var buffer = new byte[1 << 16];
    long since = 0;
    for (int count = content.read(buffer); count > 0; count = content.read(buffer)) {
      out.write(buffer, 0, count);
      since += count;
      if (since > BETWEEN_CHECKS) {
        requireRoom();
        since = 0;
      }
    }
  }

  private static void put(TarArchiveEntry entry, Attributes from, TarArchiveOutputStream out)
      throws IOException {
    entry.setMode(from.mode());
    entry.setUserId(from.user());
    entry.setGroupId(from.group());
    entry.setUserName("");
    entry.setGroupName("");
    entry.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(from.seconds())));
    out.putArchiveEntry(entry);
  }
}
