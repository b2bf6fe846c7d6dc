package dev.sandbar.device.container;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Frames of zstd, written by hand (RFC 8878): nothing in them is smaller than it was. */
final class ZstdFrames {

  private static final int BLOCK = 128 * 1024;
  private static final int RAW = 0;
  private static final int REPEATED = 1;

  /** A frame that decoders skip, of three bytes. */
  static final byte[] SKIPPED = HexFormat.of().parseHex("502a4d1803000000" + "010203");

  private ZstdFrames() {}

  /** Frames behind each other. */
  static byte[] of(byte[]... frames) {
    var all = new ByteArrayOutputStream();
    for (byte[] frame : frames) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  /**
   * The content as it is.
   *
   * @param windowLog base two logarithm of the memory that it says to take
   */
  static byte[] raw(int windowLog, byte[] content) {
    ByteArrayOutputStream frame = begun(windowLog);
    for (int at = 0; at < content.length; at += BLOCK) {
      int size = Math.min(BLOCK, content.length - at);
      block(frame, RAW, size, at + size == content.length);
      frame.write(content, at, size);
    }
    return frame.toByteArray();
  }

  /** Zeros: each block has 128 KiB of them, in four bytes. */
  static byte[] zeros(int blocks) {
    ByteArrayOutputStream frame = begun(20);
    for (int i = 1; i <= blocks; i++) {
      block(frame, REPEATED, BLOCK, i == blocks);
      frame.write(0);
    }
    return frame.toByteArray();
  }

  private static ByteArrayOutputStream begun(int windowLog) {
    var frame = new ByteArrayOutputStream();
    frame.writeBytes(HexFormat.of().parseHex("28b52ffd" + "00"));
    frame.write((windowLog - 10) << 3);
    return frame;
  }

  private static void block(ByteArrayOutputStream frame, int type, int size, boolean last) {
    int header = (last ? 1 : 0) | type << 1 | size << 3;
    frame.write(header);
    frame.write(header >> 8);
    frame.write(header >> 16);
  }
}
