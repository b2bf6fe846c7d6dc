package dev.sandbar.device.store;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The tree of digests by which the kernel checks each block of an image when it is read
 * (dm-verity). The file begins with a superblock, as {@code veritysetup} writes it and systemd
 * takes it ({@code RootVerity=}, {@code RootHash=}); then come the levels of the tree, the smallest
 * first. What is random elsewhere follows from the image here, so that the same image gives the
 * same file.
 *
 * <p>Source: the kernel's {@code Documentation/admin-guide/device-mapper/verity.rst}, and the page
 * <em>DMVerity</em> of cryptsetup for the superblock.
 */
public final class VerityTree {

  private static final int BLOCK = 4096;
  private static final int DIGEST = 32;
  private static final int DIGESTS = BLOCK / DIGEST;

  private static final byte[] SIGNATURE = "verity\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;

  /** The salt comes before the block; digests fill a block without gaps. */
  private static final int NORMAL = 1;

  private static final int NAME_FIELD = 32;
  private static final int SALT_FIELD = 256;

  private final byte[] salt;
  private final MessageDigest hash;

  private VerityTree(byte[] salt) {
    this.salt = salt;
    try {
      this.hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /**
   * Writes it.
   *
   * @param image whole blocks of 4096 bytes, as file systems for {@code RootImage=} are
   * @param content digest of the image
   * @param file is replaced
   * @return the digest that stands for all of the image ({@code RootHash=})
   */
  public static Sha256 write(Path image, Sha256 content, Path file) throws IOException {
    var tree = new VerityTree(HexFormat.of().parseHex(content.hex()));
    try (FileChannel in = FileChannel.open(image);
        FileChannel out =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      long size = in.size();
      if (size == 0 || size % BLOCK != 0) {
        throw new IOException(
            "the image has %d bytes, not whole blocks of %d".formatted(size, BLOCK));
      }
      write(tree.superblock(size / BLOCK), 0, out);
      return tree.levels(in, size / BLOCK, out);
    }
  }

  /**
   * Reads one. Of the image only the size is looked at: the kernel compares each of its blocks with
   * the lowest level when it is read.
   *
   * @param image whose tree it is
   * @param content digest of the image
   * @return the digest that stands for all of the image; empty if the file is not as {@link #write}
   *     makes it for an image of that size and digest, or contradicts itself
   * @throws IOException if a file cannot be read
   */
  public static Optional<Sha256> rootOf(Path image, Sha256 content, Path file) throws IOException {
    var tree = new VerityTree(HexFormat.of().parseHex(content.hex()));
    try (FileChannel data = RegularFile.open(image);
        FileChannel in = RegularFile.open(file)) {
      long blocks = data.size() / BLOCK;
      if (data.size() == 0 || data.size() % BLOCK != 0) {
        return Optional.empty();
      }
      long whole = 1 + sizes(blocks).stream().mapToLong(Long::longValue).sum();
      if (in.size() != whole * BLOCK
          || !read(in, 0).equals(tree.superblock(blocks))
          || !tree.agrees(in, blocks)) {
        return Optional.empty();
      }
      // The smallest level stands first.
      return Optional.of(sizes(blocks).isEmpty() ? tree.root(data, 0) : tree.root(in, 1));
    }
  }

  /** Whether each level but the lowest is that of the level below. */
  private boolean agrees(FileChannel in, long blocks) throws IOException {
    List<Long> sizes = sizes(blocks);
    long from = 1 + sizes.stream().mapToLong(Long::longValue).sum();
    for (int i = 1; i < sizes.size(); i++) {
      from -= sizes.get(i - 1);
      long above = from - sizes.get(i);
      for (long block = 0; block < sizes.get(i); block++) {
        long first = block * DIGESTS;
        long count = Math.min(DIGESTS, sizes.get(i - 1) - first);
        if (!read(in, above + block).equals(parent(in, from + first, count))) {
          return false;
        }
      }
    }
    return true;
  }

  /** The block that is above these. */
  private ByteBuffer parent(FileChannel in, long from, long count) throws IOException {
    var block = ByteBuffer.allocate(BLOCK);
    for (long i = 0; i < count; i++) {
      block.put(digest(read(in, from + i)));
    }
    return block.position(0).limit(BLOCK);
  }

  private ByteBuffer superblock(long blocks) {
    var block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    block.put(SIGNATURE).putInt(VERSION).putInt(NORMAL).put(uuid());
    int name = block.position();
    block.put("sha256".getBytes(StandardCharsets.US_ASCII)).position(name + NAME_FIELD);
    block.putInt(BLOCK).putInt(BLOCK).putLong(blocks);
    block.putShort((short) salt.length).position(block.position() + Short.BYTES * 3);
    int at = block.position();
    block.put(salt).position(at + SALT_FIELD);
    return block.position(0).limit(BLOCK);
  }

  /** One of its own kind (RFC 9562, version 8), which names the image and nothing else. */
  private byte[] uuid() {
    byte[] uuid = new byte[16];
    System.arraycopy(hash.digest(salt), 0, uuid, 0, uuid.length);
    uuid[6] = (byte) (uuid[6] & 0x0F | 0x80);
    uuid[8] = (byte) (uuid[8] & 0x3F | 0x80);
    return uuid;
  }

  /** All levels, and what stands at the top. */
  private Sha256 levels(FileChannel in, long blocks, FileChannel out) throws IOException {
    List<Long> sizes = sizes(blocks);
    long end = 1 + sizes.stream().mapToLong(Long::longValue).sum();
    FileChannel below = in;
    long from = 0;
    long count = blocks;
    for (long size : sizes) {
      long at = end - size;
      level(below, from, count, out, at);
      below = out;
      from = at;
      count = size;
      end = at;
    }
    return root(below, from);
  }

  /** The digest of the only block that is left, which of a very small image is the image itself. */
  private Sha256 root(FileChannel top, long at) throws IOException {
    return new Sha256(HexFormat.of().formatHex(digest(read(top, at))));
  }

  /** Blocks of each level, the largest first. */
  private static List<Long> sizes(long blocks) {
    var sizes = new ArrayList<Long>();
    for (long left = blocks; left > 1; ) {
      left = (left + DIGESTS - 1) / DIGESTS;
      sizes.add(left);
    }
    return sizes;
  }

  private void level(FileChannel below, long from, long count, FileChannel out, long at)
      throws IOException {
    for (long first = 0; first < count; first += DIGESTS) {
      write(parent(below, from + first, Math.min(DIGESTS, count - first)), at++, out);
    }
  }

  private byte[] digest(ByteBuffer block) {
    hash.update(salt);
    hash.update(block);
    return hash.digest();
  }

  private static ByteBuffer read(FileChannel from, long block) throws IOException {
    var buffer = ByteBuffer.allocate(BLOCK);
    while (buffer.hasRemaining()) {
      if (from.read(buffer, block * BLOCK + buffer.position()) < 0) {
        throw new IOException("the image became shorter while it was read");
      }
    }
    return buffer.flip();
  }

  private static void write(ByteBuffer block, long number, FileChannel out) throws IOException {
    while (block.hasRemaining()) {
      out.write(block, number * BLOCK + block.position());
    }
  }
}
