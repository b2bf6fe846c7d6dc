package dev.sandbar.device.observe;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {

  private static final int ROUNDS = 40;
  private static final int TIMES = 25;

  /** As generators' directories do in a reload (systemd.generator(7)). */
  @Test
  void aDirectoryThatComesAndGoesIsWatchedWhenItStays(@TempDir Path root) throws Exception {
    Path directory = Files.createDirectories(root.resolve("run/systemd")).resolve("generator");
    Set<String> names = ConcurrentHashMap.newKeySet();
    for (int round = 0; round < ROUNDS; round++) {
      // As long as it is there nothing above it is watched.
      Files.createDirectory(directory);
      try (FileWatch _ =
          FileWatch.start(List.of(directory), name -> name.startsWith("sandbar"), names::addAll)) {
        for (int i = 0; i < TIMES; i++) {
          Files.delete(directory);
          Files.createDirectory(directory);
        }
        Path file = directory.resolve("sandbar-" + round + ".service");
        // Until it is watched what is made there is announced by the directory's coming.
        await()
            .until(
                () -> {
                  Files.deleteIfExists(file);
                  Files.createFile(file);
                  return names.contains(file.getFileName().toString());
                });
        Files.delete(file);
        Files.delete(directory);
      }
    }
  }

  /** Its thread and its descriptors would stay for as long as the agent runs. */
  @Test
  void oneThatCannotBeginLeavesNothingBehind(@TempDir Path root) throws Exception {
    Files.createDirectories(root.resolve("sandbar.d"));
    long threads = watchThreads();
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(
              () ->
                  FileWatch.start(
                      List.of(root),
                      _ -> {
                        throw new IllegalStateException("no names yet");
                      },
                      _ -> {}))
          .hasMessage("no names yet");
    }
    await().until(() -> watchThreads() <= threads);
  }

  private static long watchThreads() {
    return Thread.getAllStackTraces().keySet().stream().filter(FileWatchTest::isWatch).count();
  }

  private static boolean isWatch(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(it -> it.getClassName().contains("WatchService"));
  }
}
