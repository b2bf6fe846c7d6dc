package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that are swapped for something else. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RegularFileTest {

  @TempDir private Path folder;

  private Path pipe(String name) throws IOException, InterruptedException {
    Path pipe = folder.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  @Test
  void onlyARegularFileIsOpenedAndNothingIsWaitedFor() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    try (FileChannel in = RegularFile.open(file)) {
      assertThat(in.size()).isEqualTo(7);
    }
    Path pipe = pipe("pipe");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    for (Path other : new Path[] {pipe, folder, Path.of("/dev/zero")}) {
      assertThatThrownBy(() -> RegularFile.open(other))
          .isInstanceOf(RegularFile.OtherException.class)
          .hasMessageContaining(RegularFile.IS_NOT_REGULAR);
    }
    assertThatThrownBy(() -> RegularFile.open(link))
        .isInstanceOf(RegularFile.OtherException.class)
        .hasMessageContaining(RegularFile.IS_LINK);
    assertThatThrownBy(() -> RegularFile.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aPipeSwappedInAtAnyMomentIsNeitherReadNorWaitedFor() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Path name = folder.resolve("swapped");
    Path pipe = pipe("pipe");
    Files.createLink(name, file);
    var stop = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    for (int i = 0; !stop.get(); i++) {
                      Path next = folder.resolve("next");
                      Files.createLink(next, i % 2 == 0 ? pipe : file);
                      Files.move(next, name, StandardCopyOption.ATOMIC_MOVE);
                    }
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    int opened = 0;
    int refused = 0;
    while (opened < 200 || refused < 200) {
      try (FileChannel in = RegularFile.open(name)) {
        assertThat(in.read(ByteBuffer.allocate(16))).isEqualTo(7);
        opened++;
      } catch (RegularFile.OtherException e) {
        refused++;
      }
    }
    stop.set(true);
    swapper.join();
  }
}
