package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DurableFilesTest {

  private static final String MODE = "rw-r--r--";

  @TempDir private Path directory;
  private final DurableFiles files = new DurableFiles();

  @Test
  void writesTheWholeContentWithTheModeAskedFor() throws IOException {
    Path file = directory.resolve("a.service");
    files.write(file, bytes("one"), MODE);
    files.write(file, bytes("two"), "r--r--r--");
    assertThat(file).hasContent("two");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("r--r--r--");
    assertThat(list()).containsExactly("a.service");
  }

  @Test
  void aLinkInThePlaceOfTheFileIsReplacedAndItsTargetStays() throws IOException {
    Path target = Files.writeString(directory.resolve("victim"), "victim");
    Path file = Files.createSymbolicLink(directory.resolve("a.service"), target);
    files.write(file, bytes("ours"), MODE);
    assertThat(target).hasContent("victim");
    assertThat(Files.isSymbolicLink(file)).isFalse();
    assertThat(file).hasContent("ours");
  }

  @Test
  void aLinkInThePlaceOfTheDirectoryIsRefused() throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path planted = Files.createSymbolicLink(directory.resolve("units"), elsewhere);
    assertThatThrownBy(() -> files.write(planted.resolve("a.service"), bytes("x"), MODE))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("symbolic link");
    assertThatThrownBy(() -> files.remove(planted.resolve("a.service")))
        .hasMessageContaining("symbolic link");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource(Checkpoint.Step.class)
  void aCrashAtAnyStepLeavesTheOldFileOrTheNew(Checkpoint.Step crash) throws IOException {
    Path file = directory.resolve("a.service");
    files.write(file, bytes("old"), MODE);
    var crashing =
        new DurableFiles(
            step -> {
              if (step == crash) {
                throw new PowerCut();
              }
            });
    assertThatThrownBy(() -> crashing.write(file, bytes("new, and longer"), MODE))
        .isInstanceOf(PowerCut.class);
    assertThat(file).hasContent(crash == Checkpoint.Step.RENAMED ? "new, and longer" : "old");
  }

  private static final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void whatACrashLeftIsRemovedAndNothingElse() throws IOException {
    Files.writeString(directory.resolve(".a.service.0011.sandbar-new"), "half");
    Files.writeString(directory.resolve("a.service"), "whole");
    Files.writeString(directory.resolve(".hidden"), "foreign");
    assertThat(files.removeUnfinished(directory)).hasSize(1);
    assertThat(list()).containsExactlyInAnyOrder("a.service", ".hidden");
    assertThat(files.removeUnfinished(directory.resolve("missing"))).isEmpty();
  }

  @Test
  void readsAreBoundedAndFollowNoLink() throws IOException {
    Path file = Files.writeString(directory.resolve("a"), "12345");
    assertThat(files.read(file, 5)).isEqualTo(bytes("12345"));
    assertThatThrownBy(() -> files.read(file, 4)).hasMessageContaining("larger than 4 bytes");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    assertThatThrownBy(() -> files.read(link, 5)).hasMessageContaining("symbolic link");
    assertThatThrownBy(() -> files.read(directory, 5)).hasMessageContaining("not a regular file");
    assertThatThrownBy(() -> files.read(directory.resolve("none"), 5))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void removesFilesLinksAndEmptyDirectories() throws IOException {
    Path file = Files.writeString(directory.resolve("a"), "x");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    Path empty = Files.createDirectory(directory.resolve("a.d"));
    assertThat(files.remove(link)).isTrue();
    assertThat(file).exists();
    assertThat(files.remove(file)).isTrue();
    assertThat(files.remove(file)).isFalse();
    assertThat(files.remove(empty)).isTrue();
    assertThat(files.remove(directory.resolve("no/such"))).isFalse();
    assertThat(list()).isEmpty();
  }

  @Test
  void makesDirectoriesAbove() throws IOException {
    files.makeDirectories(directory.resolve("a/b/c"), "rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("a"))))
        .isEqualTo("rwx------");
    files.makeDirectories(directory.resolve("a/b/c"), "rwx------");
    assertThat(directory.resolve("a/b/c")).isDirectory();
  }

  @Test
  void twoMayMakeTheSameDirectoryAtOnce() throws Exception {
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 300; i++) {
        Path made = directory.resolve("made-" + i);
        var start = new CyclicBarrier(2);
        Callable<Path> maker =
            () -> {
              start.await();
              files.makeDirectories(made, "rwx------");
              return made;
            };
        for (Future<Path> done : threads.invokeAll(List.of(maker, maker))) {
          assertThat(done.get()).isDirectory();
        }
      }
    }
    Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> files.makeDirectories(directory.resolve("file"), "rwx------"))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  private Stream<String> list() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).toList().stream();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
