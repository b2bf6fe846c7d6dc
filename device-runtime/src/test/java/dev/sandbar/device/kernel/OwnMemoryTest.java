package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnMemoryTest {
  private static final int SIZE = 16 << 20;
  private static final int PAGE = 4096;

  private static final Path BUILD = Path.of("target");

  /** KiB of a file that this process has resident (proc_pid_smaps(5)). */
  private static long resident(Path file, String field) throws IOException {
    long sum = 0;
    boolean here = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        here = line.endsWith(" " + file);
      } else if (here && line.startsWith(field + ":")) {
        sum += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return sum;
  }

  /** In the folder of the build, for that of the system may be in memory. */
  private static Path written(String suffix) throws IOException {
    Path file = Files.createTempFile(BUILD, "bytes", suffix).toRealPath();
    byte[] bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) 1);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes));
      channel.force(true);
    }
    return file;
  }

  private static long sum(MemorySegment memory) {
    long sum = 0;
    for (long at = 0; at < SIZE; at += PAGE) {
      sum += memory.get(ValueLayout.JAVA_BYTE, at);
    }
    return sum;
  }

  @Test
  void whatIsInAFileIsGivenBackAndReadAgain() throws IOException {
    Path file = written("");
    try (Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment memory = channel.map(FileChannel.MapMode.PRIVATE, 0, SIZE, arena);
      assertThat(sum(memory)).isEqualTo(SIZE / PAGE);
      assertThat(resident(file, "Rss")).isEqualTo(SIZE >> 10);
      // Every fourth page is no longer that of the file.
      for (long at = 0; at < SIZE; at += 4 * PAGE) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) 2);
      }
      assertThat(OwnMemory.releaseFiles()).isGreaterThanOrEqualTo(SIZE);
      assertThat(resident(file, "Private_Clean")).isLessThan(SIZE >> 12);
      assertThat(sum(memory)).as("what was written is kept").isEqualTo(SIZE / PAGE * 5 / 4);
    } finally {
      Files.delete(file);
    }
  }

  /** Of classes the neighbours are seldom needed too; of code they are. */
  @Test
  void ofTheCacheOfClassesOnlyWhatIsReadComesBack() throws IOException {
    assertThat(comesBack(".aot")).isEqualTo(PAGE >> 10);
    assertThat(comesBack(".so")).isGreaterThan(PAGE >> 10);
  }

  /** KiB that one byte in the middle of a file brings with it. */
  private static long comesBack(String suffix) throws IOException {
    Path file = written(suffix);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, SIZE, arena);
      assertThat(sum(memory)).isEqualTo(SIZE / PAGE);
      assertThat(OwnMemory.releaseFiles()).isGreaterThanOrEqualTo(SIZE);
      assertThat(resident(file, "Rss")).isLessThan(SIZE >> 12);
      long before = resident(file, "Rss");
      assertThat(memory.get(ValueLayout.JAVA_BYTE, SIZE / 2)).isEqualTo((byte) 1);
      return resident(file, "Rss") - before;
    } finally {
      Files.delete(file);
    }
  }

  /** The memory of the process is what it was, whatever is given back, and how often. */
  @Test
  void theProcessGoesOn() {
    List<byte[]> kept = List.of(new byte[SIZE], new byte[PAGE]);
    for (int i = 0; i < 3; i++) {
      Arrays.fill(kept.getFirst(), (byte) i);
      System.gc();
      OwnMemory.releaseFreed();
      assertThat(OwnMemory.releaseFiles()).isPositive();
      assertThat(kept.getFirst()).containsOnly(i);
    }
  }
}
