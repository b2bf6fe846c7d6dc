package dev.sandbar.device.container;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.device.kernel.ZstdException;
import dev.sandbar.device.kernel.ZstdStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads the archive of one layer, which whoever pushed the image wrote. */
final class LayerReader implements AutoCloseable {

  private static final int LONGEST_NAME = 4096;
  private static final int LONGEST_COMPONENT = 255;

  /** Of one entry: the header itself, long names and what else is written before it. */
  private static final int LONGEST_HEADER = 64 * 1024;

  /** Content that is passed over at once. */
  private static final long SKIPPED = 1 << 30;

  private static final int PERMISSIONS = 01777;
  private static final long MOST_ID = (1L << 32) - 2;
  private static final long LATEST = (1L << 32) - 1;

  private final TarArchiveInputStream archive;
  private final ByteBudget budget;

  /**
   * Opens it.
   *
   * @param budget bytes that layers may decompress to
   */
  LayerReader(Layer layer, ByteBudget budget) throws IOException {
    this(
        Files.newInputStream(layer.file(), LinkOption.NOFOLLOW_LINKS), layer.compression(), budget);
  }

  /**
   * Reads it from a stream, which is closed with this.
   *
   * @param budget bytes that layers may decompress to
   */
  LayerReader(InputStream in, Compression compression, ByteBudget budget) throws IOException {
    this.budget = budget;
    try {
      InputStream decompressed =
          switch (compression) {
            case NONE -> new BufferedInputStream(in);
            case GZIP -> unzipped(in);
            case ZSTD -> new ZstdStream(in);
          };
      this.archive =
          new TarArchiveInputStream(budget.counting(decompressed), StandardCharsets.UTF_8.name());
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static InputStream unzipped(InputStream in) throws IOException {
    try {
      return new GZIPInputStream(in, 1 << 16);
    } catch (ZipException | EOFException e) {
      throw new LayerException("a layer is not in gzip, which its manifest says it is");
    }
  }

  /** The content of the entry that was read last. */
  InputStream content() {
    return archive;
  }

  /** Bytes of the content of the entry that was read last. */
  long size() {
    return archive.getCurrentEntry().getRealSize();
  }

  /**
   * Goes to the next entry; false after the last. Headers are read into memory, and an archive says
   * itself how long they are.
   */
  boolean next() throws IOException {
    try {
      while (archive.getCurrentEntry() != null && archive.skip(SKIPPED) > 0) {
        // The rest of the content is no header.
      }
      budget.beginHeader(LONGEST_HEADER);
      boolean there = archive.getNextEntry() != null;
      budget.endHeader();
      return there;
    } catch (LayerException e) {
      throw e;
    } catch (ZstdException e) {
      throw new LayerException(String.valueOf(e.getMessage()));
    } catch (IOException | IllegalArgumentException e) {
      budget.check();
      throw new LayerException("a layer is no whole tar archive");
    }
  }

  /** The entry that was read last. */
  LayerEntry entry() throws LayerException {
    TarArchiveEntry entry = archive.getCurrentEntry();
    return new LayerEntry(
        path(entry.getName()),
        what(entry),
        new LayerEntry.Attributes(
            entry.getMode() & PERMISSIONS,
            id(entry.getLongUserId()),
            id(entry.getLongGroupId()),
            Math.clamp(entry.getLastModifiedTime().toInstant().getEpochSecond(), 0, LATEST)));
  }

  private static LayerEntry.What what(TarArchiveEntry entry) throws LayerException {
    if (entry.isSparse()) {
      throw new LayerException("a layer has a sparse file, which container tools do not write");
    }
    if (entry.isDirectory()) {
      return new LayerEntry.What.Directory();
    }
    if (entry.isSymbolicLink()) {
      String target = entry.getLinkName();
      if (target.isEmpty() || target.length() > LONGEST_NAME || target.indexOf('\0') >= 0) {
        throw new LayerException("a layer has a symbolic link to nowhere");
      }
      return new LayerEntry.What.Symlink(target);
    }
    if (entry.isLink()) {
      return new LayerEntry.What.Hardlink(path(entry.getLinkName()));
    }
    return entry.isFile() && !entry.isFIFO() && !entry.isCharacterDevice() && !entry.isBlockDevice()
        ? new LayerEntry.What.File()
        : new LayerEntry.What.Special();
  }

  private static long id(long id) {
    return id >= 0 && id <= MOST_ID ? id : MOST_ID;
  }

  private static List<String> path(String name) throws LayerException {
    var parts = new ArrayList<String>();
    boolean usable = name.length() <= LONGEST_NAME && name.indexOf('\0') < 0;
    for (String part : name.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        usable &= !part.equals("..") && part.length() <= LONGEST_COMPONENT;
        parts.add(part);
      }
    }
    if (!usable) {
      throw new LayerException("a layer has the name %s".formatted(SafeText.shown(name)));
    }
    return parts;
  }

  @Override
  public void close() throws IOException {
    archive.close();
  }
}
