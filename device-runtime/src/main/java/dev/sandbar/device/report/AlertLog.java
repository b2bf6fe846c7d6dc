package dev.sandbar.device.report;

import dev.sandbar.device.store.DurableFiles;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Consumer;

/**
 * An append-only file of {@link AlertLine}s. One append and one fsync take any number of lines,
 * which spares flash; a rewrite goes to a second file that replaces the first by rename, so that a
 * power cut leaves either the one or the other. Not for use by several threads or processes.
 */
final class AlertLog implements Closeable {

  private static final long LONGEST_FILE = 64L << 20;

  /** Many times the longest that is written. */
  private static final int LONGEST_LINE = 1 << 20;

  private final Path file;
  // Not a FileChannel: an interrupt of the thread that uses one closes it for good.
  private FileOutputStream out;
  private long size;
  private int damaged;

  /**
   * Opens or creates it, and reads what is there.
   *
   * @param told takes in what was there, oldest first; the file as a whole may not fit the heap
   */
  AlertLog(Path file, Consumer<AlertLine> told) throws IOException {
    this.file = file;
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      replay(told);
    }
    this.out = openForAppend(file);
    this.size = Files.size(file);
  }

  /** How many lines could not be read when it was opened. */
  int damaged() {
    return damaged;
  }

  long size() {
    return size;
  }

  private void replay(Consumer<AlertLine> told) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LONGEST_FILE) {
      // Never read, never written through: whatever it is, it is not ours.
      Files.move(file, sibling(".unusable"), StandardCopyOption.REPLACE_EXISTING);
      damaged++;
      return;
    }
    var line = new ByteArrayOutputStream();
    boolean tooLong = false;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next != '\n') {
          tooLong |= line.size() >= LONGEST_LINE;
          if (!tooLong) {
            line.write(next);
          }
          continue;
        }
        AlertLine.decode(tooLong ? "" : line.toString(StandardCharsets.UTF_8))
            .ifPresentOrElse(told, () -> damaged++);
        line.reset();
        tooLong = false;
      }
    }
    if (line.size() > 0) {
      damaged++; // A torn end: whoever wrote it was never told that it is safe.
    }
  }

  /**
   * Appends lines.
   *
   * @param durable whether they must outlive a power cut once this returns
   */
  void append(List<AlertLine> lines, boolean durable) throws IOException {
    size += write(out, lines);
    if (durable) {
      out.getFD().sync();
    }
  }

  /** Replaces everything by these lines, durably. */
  void rewrite(List<AlertLine> lines) throws IOException {
    Path fresh = sibling(".new");
    Files.deleteIfExists(fresh);
    FileOutputStream replacement = openForAppend(fresh);
    long written;
    try {
      written = write(replacement, lines);
      replacement.getFD().sync();
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.sync(parent());
    } catch (IOException e) {
      replacement.close();
      throw e;
    }
    out.close();
    out = replacement;
    size = written;
  }

  private static long write(FileOutputStream out, List<AlertLine> lines) throws IOException {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line.encode()).append('\n'));
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    out.write(bytes);
    return bytes.length;
  }

  private static FileOutputStream openForAppend(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return new FileOutputStream(file.toFile(), true);
  }

  private Path sibling(String suffix) {
    return parent().resolve(file.getFileName() + suffix);
  }

  private Path parent() {
    Path parent = file.getParent();
    return parent == null ? Path.of(".") : parent;
  }

  @Override
  public void close() throws IOException {
    try {
      out.getFD().sync();
    } finally {
      out.close();
    }
  }
}
