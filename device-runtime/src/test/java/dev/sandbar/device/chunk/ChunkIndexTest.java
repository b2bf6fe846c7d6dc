package dev.sandbar.device.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex.Reading;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChunkIndexTest {

  private static final int COUNT = 48;

  @TempDir private Path folder;

  private static byte[] noise(int size) {
    var bytes = new byte[size];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private byte[] written(byte[] image) throws IOException {
    return ChunkIndex.write(Files.write(folder.resolve("image"), image), Sha256.of(image));
  }

  private static ChunkIndex usable(byte[] bytes) {
    assertThat(ChunkIndex.read(bytes)).isInstanceOf(Reading.Usable.class);
    return ((Reading.Usable) ChunkIndex.read(bytes)).index();
  }

  private static List<Integer> lengths(ChunkIndex index) {
    var lengths = new ArrayList<Integer>();
    for (int i = 0; i < index.count(); i++) {
      lengths.add(index.length(i));
    }
    return lengths;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8 * 1024, 8 * 1024 + 1, 1 << 20, 3_000_001})
  void theChunksAreTheImage(int size) throws IOException {
    byte[] image = noise(size);
    ChunkIndex index = usable(written(image));
    assertThat(index.size()).isEqualTo(size);
    assertThat(index.content()).isEqualTo(Sha256.of(image));
    for (int i = 0; i < index.count(); i++) {
      int start = (int) index.start(i);
      assertThat(index.matches(i, ByteBuffer.wrap(image, start, index.length(i)))).isTrue();
      assertThat(index.chunkAt(start)).isEqualTo(i);
      assertThat(index.chunkAt(start + index.length(i) - 1)).isEqualTo(i);
      assertThat(index.length(i)).isBetween(1, ChunkCutter.MOST);
    }
    assertThat(index.chunkAt(size)).isEqualTo(index.count());
  }

  /** Devices cut what they have; if the borders moved, no earlier index would fit. */
  @Test
  void theBordersStayWhereTheyAre() throws IOException {
    assertThat(lengths(usable(written(noise(400_000)))))
        .containsExactly(
            33970, 34147, 37769, 39114, 34214, 40050, 34900, 35001, 38750, 52297, 19788);
  }

  @Test
  void whatIsInsertedMovesTheBordersButKeepsTheChunks() throws IOException {
    byte[] image = noise(4 << 20);
    var longer = new ByteArrayOutputStream();
    longer.write(image, 0, 2_000_000);
    longer.writeBytes(new byte[100]);
    longer.write(image, 2_000_000, image.length - 2_000_000);
    ChunkIndex index = usable(written(longer.toByteArray()));
    Path before = Files.write(folder.resolve("before"), image);
    try (var local = LocalChunks.find(index, List.of(before))) {
      assertThat(index.size() - local.found()).isLessThan(3L * ChunkCutter.MOST);
      long read = 0;
      for (int i = 0; i < index.count(); i++) {
        if (local.has(i)) {
          ByteBuffer bytes = local.read(i).orElseThrow();
          read += bytes.remaining();
          assertThat(index.matches(i, bytes)).isTrue();
        }
      }
      assertThat(read).isEqualTo(local.found());
    }
  }

  @Test
  void whatChangedOnTheDiskIsNotGivenOut() throws IOException {
    byte[] image = noise(1 << 20);
    ChunkIndex index = usable(written(image));
    Path file = folder.resolve("image");
    try (var local = LocalChunks.find(index, List.of(file))) {
      assertThat(local.found()).isEqualTo(image.length);
      image[10] ^= 1;
      Files.write(file, image);
      assertThat(local.read(0)).isEmpty();
      assertThat(local.has(0)).isFalse();
      assertThat(local.read(1)).isPresent();
      try (FileChannel cut = FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
        cut.truncate(100);
      }
      assertThat(local.read(1)).isEmpty();
    }
  }

  /** A folder, a link and what is not there have no chunks, and hurt nobody. */
  @Test
  void whatCannotBeReadHasNothing() throws IOException {
    ChunkIndex index = usable(written(noise(100_000)));
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("image"));
    try (var local = LocalChunks.find(index, List.of(folder, link, folder.resolve("none")))) {
      assertThat(local.found()).isZero();
    }
  }

  @Test
  void whatIsNoIndexIsRefused() throws IOException {
    byte[] good = written(noise(300_000));
    usable(good);
    assertUnusable(new byte[0]);
    assertUnusable("sbchunk1".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertUnusable(Arrays.copyOf(good, good.length - 1));
    assertUnusable(Arrays.copyOf(good, good.length + 20));
    for (int count : new int[] {0, -1, Integer.MAX_VALUE, ChunkIndex.MOST + 1}) {
      byte[] other = good.clone();
      ByteBuffer.wrap(other).putInt(COUNT, count);
      assertUnusable(other);
    }
    for (int length : new int[] {0, -8, Integer.MIN_VALUE, ChunkCutter.MOST + 1}) {
      byte[] other = good.clone();
      ByteBuffer.wrap(other).putInt(COUNT + 4, length);
      assertUnusable(other);
    }
    byte[] longer = good.clone();
    ByteBuffer.wrap(longer).putLong(COUNT - 8, 300_001);
    assertUnusable(longer);
    assertThatThrownBy(() -> written(new byte[0])).hasMessageContaining("0 chunks");
  }

  private static void assertUnusable(byte[] bytes) {
    assertThat(ChunkIndex.read(bytes)).isInstanceOf(Reading.Unusable.class);
  }

  /** The largest index, of chunks that are all alike or alike at their first bytes. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nobodyCanMakeTheTableSlow(boolean same) throws IOException {
    int count = ChunkIndex.MOST;
    var bytes = ByteBuffer.allocate(ChunkIndex.LONGEST);
    bytes.put("sbchunk1".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    bytes.put(new byte[32]).putLong(count * 9000L).putInt(count);
    for (int i = 0; i < count; i++) {
      bytes.putInt(9000).putLong(0).putLong(same ? 0 : i);
    }
    ChunkIndex index = usable(bytes.array());
    Path image = Files.write(folder.resolve("other"), noise(1 << 20));
    Assertions.assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          try (var local = LocalChunks.find(index, List.of(image))) {
            assertThat(local.found()).isZero();
          }
        });
  }
}
