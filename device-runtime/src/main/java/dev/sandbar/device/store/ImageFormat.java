package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * The file systems that images come in: those that nothing can write. systemd attaches the image of
 * an app with a writable place for writing too, and has {@code fsck} look at it first, which alone
 * changes the bytes of an ext4; they would no longer be of the declared digest.
 *
 * <p>Source of the numbers: the kernel's {@code Documentation/filesystems/squashfs.rst} and {@code
 * erofs.rst}, and its {@code include/uapi/linux/magic.h}.
 */
enum ImageFormat {
  SQUASHFS(0, 'h', 's', 'q', 's'),
  EROFS(1024, 0xE2, 0xE1, 0xF5, 0xE0);

  /** What is wrong with a file of another format and how to fix it. */
  static final String REFUSAL =
      "is neither a squashfs nor an erofs; make it with 'mksquashfs FOLDER FILE', for any other file"
          + " system changes while it is used";

  private final int offset;
  private final byte[] magic;

  ImageFormat(int offset, int... magic) {
    this.offset = offset;
    this.magic = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      this.magic[i] = (byte) magic[i];
    }
  }

  /** Whether a file is of one of the formats. Leaves the position of the channel where it is. */
  static boolean isKnown(FileChannel in) throws IOException {
    for (ImageFormat format : values()) {
      if (format.isOf(in)) {
        return true;
      }
    }
    return false;
  }

  private boolean isOf(FileChannel in) throws IOException {
    var found = ByteBuffer.allocate(magic.length);
    while (found.hasRemaining() && in.read(found, offset + found.position()) > 0) {
      // A read may give less than was asked for.
    }
    return !found.hasRemaining() && Arrays.equals(found.array(), magic);
  }
}
