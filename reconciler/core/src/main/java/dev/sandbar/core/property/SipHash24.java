package dev.sandbar.core.property;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** SipHash-2-4 with 64 bits of output (Aumasson and Bernstein, 2012). */
final class SipHash24 {

  private long v0;
  private long v1;
  private long v2;
  private long v3;

  private SipHash24(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
    long k0 = buffer.getLong();
    long k1 = buffer.getLong();
    v0 = 0x736f6d6570736575L ^ k0;
    v1 = 0x646f72616e646f6dL ^ k1;
    v2 = 0x6c7967656e657261L ^ k0;
    v3 = 0x7465646279746573L ^ k1;
  }

  static long hash(byte[] key, byte[] data) {
    return new SipHash24(key).digest(data);
  }

  private long digest(byte[] data) {
    int whole = data.length / 8 * 8;
    ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < whole; i += 8) {
      mix(buffer.getLong(i));
    }
    long last = (long) data.length << 56;
    for (int i = whole; i < data.length; i++) {
      last |= (data[i] & 255L) << (8 * (i - whole));
    }
    mix(last);
    v2 ^= 255;
    for (int i = 0; i < 4; i++) {
      round();
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  private void mix(long word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }

  private void round() {
    v0 += v1;
    v2 += v3;
    v1 = Long.rotateLeft(v1, 13) ^ v0;
    v3 = Long.rotateLeft(v3, 16) ^ v2;
    v0 = Long.rotateLeft(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = Long.rotateLeft(v1, 17) ^ v2;
    v3 = Long.rotateLeft(v3, 21) ^ v0;
    v2 = Long.rotateLeft(v2, 32);
  }
}
