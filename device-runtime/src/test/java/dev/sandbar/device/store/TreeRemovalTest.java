package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an app planted in its directory goes with it; what it pointed at stays. */
final class TreeRemovalTest {

  @TempDir private Path folder;
  private Path outside;
  private Path tree;

  @BeforeEach
  void outside() throws IOException {
    outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "precious");
    Files.createDirectories(outside.resolve("below"));
    tree = Files.createDirectories(folder.resolve("tree"));
  }

  private void outsideStays() {
    assertThat(outside.resolve("precious")).hasContent("precious");
    assertThat(outside.resolve("below")).isDirectory();
  }

  @Test
  void everythingInItGoesAndNoLinkIsFollowed() throws IOException {
    Path deep = Files.createDirectories(tree.resolve("one/two/three"));
    Files.writeString(deep.resolve("file"), "x");
    Files.writeString(tree.resolve(".sandbar-removed.0"), "a name that is used for moving");
    Files.createSymbolicLink(tree.resolve("to-file"), outside.resolve("precious"));
    Files.createSymbolicLink(tree.resolve("to-directory"), outside);
    Files.createSymbolicLink(deep.resolve("to-directory"), outside);
    Files.createSymbolicLink(deep.resolve("to-itself"), tree);
    Files.createSymbolicLink(deep.resolve("to-nothing"), folder.resolve("nothing"));

    assertThat(TreeRemoval.remove(tree)).isTrue();

    assertThat(folder)
        .isDirectoryContaining(outside::equals)
        .isDirectoryNotContaining(tree::equals);
    outsideStays();
    assertThat(TreeRemoval.remove(tree)).isFalse();
    assertThat(TreeRemoval.remove(folder.resolve("no/such/tree"))).isFalse();
  }

  @Test
  void anInterruptEndsItBeforeTheNextEntryGoes() throws IOException {
    Path file = Files.writeString(tree.resolve("written-by-the-next-app"), "x");
    try {
      assertThatThrownBy(() -> TreeRemoval.remove(tree, _ -> Thread.currentThread().interrupt()))
          .isInstanceOf(InterruptedIOException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(file).exists();
    assertThat(TreeRemoval.remove(tree)).isTrue();
  }

  @Test
  void aLinkInItsPlaceGoesItself() throws IOException {
    Files.delete(tree);
    Files.createSymbolicLink(tree, outside);
    assertThat(TreeRemoval.remove(tree)).isTrue();
    assertThat(Files.isSymbolicLink(tree)).isFalse();
    outsideStays();
  }

  /** Deeper than any path may be long (4096) and a process may have open files. */
  @Test
  void depthDoesNotMatter() throws IOException {
    Path above = folder.resolve("above");
    for (int level = 0; level < 6000; level++) {
      Files.createDirectory(above);
      Files.move(tree, above.resolve("d"), StandardCopyOption.ATOMIC_MOVE);
      Files.move(above, tree, StandardCopyOption.ATOMIC_MOVE);
    }
    assertThat(TreeRemoval.remove(tree)).isTrue();
    assertThat(tree).doesNotExist();
  }

  /** Put in the place of a directory in the moment between looking at it and opening it. */
  private enum Swap {
    LINK,
    PIPE,
    FILE
  }

  @ParameterizedTest
  @EnumSource(Swap.class)
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whatIsSwappedAtTheLastMomentIsNotEntered(Swap swap) throws Exception {
    for (String swapped : List.of("tree", "d")) {
      Path place = swapped.equals("d") ? tree.resolve("d") : tree;
      Files.createDirectories(tree.resolve("d/precious"));
      assertThatThrownBy(
              () ->
                  TreeRemoval.remove(
                      tree,
                      name -> {
                        if (name.endsWith(swapped)) {
                          swap(place, swap);
                        }
                      }))
          .isInstanceOf(IOException.class);
      outsideStays();
      assertThat(TreeRemoval.remove(tree)).as("the next try").isTrue();
      assertThat(TreeRemoval.remove(folder.resolve("aside"))).isTrue();
      outsideStays();
    }
  }

  private void swap(Path place, Swap swap) {
    try {
      Files.move(place, folder.resolve("aside"));
      switch (swap) {
        case LINK -> Files.createSymbolicLink(place, outside);
        case PIPE -> pipe(place);
        case FILE -> Files.createFile(place);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pipe(Path place) throws IOException {
    try {
      assertThat(new ProcessBuilder("mkfifo", place.toString()).start().waitFor()).isZero();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
