package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamDigestTest {

  /** The library is on every machine that these tests run on: OpenSSL is one of their needs. */
  private static List<StreamDigest> both() {
    return List.of(LibCryptoDigest.begin().orElseThrow(), StreamDigest.OfJava.begin());
  }

  private static String hex(StreamDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Test
  void nothingHasTheDigestOfNothing() {
    for (StreamDigest digest : both()) {
      digest.update(ByteBuffer.allocate(0));
      assertThat(hex(digest))
          .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
  }

  /** Whatever the pieces are, and wherever they are in memory. */
  @Test
  void theLibraryComputesWhatJavaDoes() {
    var random = new Random(11);
    for (int run = 0; run < 200; run++) {
      List<StreamDigest> digests = both();
      for (int piece = random.nextInt(6); piece >= 0; piece--) {
        int size = random.nextInt(3) == 0 ? random.nextInt(200_000) : random.nextInt(130);
        int before = random.nextInt(9);
        boolean direct = random.nextBoolean();
        byte[] bytes = new byte[before + size + 3];
        random.nextBytes(bytes);
        for (StreamDigest digest : digests) {
          ByteBuffer buffer =
              direct ? ByteBuffer.allocateDirect(bytes.length) : ByteBuffer.allocate(bytes.length);
          buffer.put(bytes).flip().position(before).limit(before + size);
          ByteBuffer given = random.nextBoolean() ? buffer : buffer.slice();
          digest.update(given);
          assertThat(given.hasRemaining()).isFalse();
        }
        // A digest in between changes nothing of what follows.
        assertThat(hex(digests.getFirst())).isEqualTo(hex(digests.getLast()));
      }
    }
  }
}
