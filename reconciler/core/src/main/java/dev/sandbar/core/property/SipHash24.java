package dev.sandbar.core.property;

/** SipHash-2-4 with 64 bits of output (Aumasson and Bernstein, 2012). */
final class SipHash24 {

  /** The four words of the state. */
  private final long[] v;

  private SipHash24(byte[] key) {
    long k0 = littleEndian(key, 0, 8);
    long k1 = littleEndian(key, 8, 16);
    v =
        new long[] {
          0x736f6d6570736575L ^ k0,
          0x646f72616e646f6dL ^ k1,
          0x6c7967656e657261L ^ k0,
          0x7465646279746573L ^ k1
        };
  }

  static long hash(byte[] key, byte[] data) {
    return new SipHash24(key).digest(data);
  }

  private long digest(byte[] data) {
    int whole = data.length / 8 * 8;
    for (int i = 0; i < whole; i += 8) {
      mix(littleEndian(data, i, i + 8));
    }
    mix(littleEndian(data, whole, data.length) | (long) data.length << 56);
    v[2] ^= 255;
    for (int i = 0; i < 4; i++) {
      round();
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static long littleEndian(byte[] bytes, int from, int to) {
    long word = 0;
    for (int i = from; i < to; i++) {
      word |= (bytes[i] & 255L) << (8 * (i - from));
    }
    return word;
  }

  private void mix(long word) {
    v[3] ^= word;
    round();
    round();
    v[0] ^= word;
  }

  private void round() {
    v[0] += v[1];
    v[2] += v[3];
    v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
    v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
    v[0] = Long.rotateLeft(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
    v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
    v[2] = Long.rotateLeft(v[2], 32);
  }
}
