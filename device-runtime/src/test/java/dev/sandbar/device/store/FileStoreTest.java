package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest {

  private static final AppFile TEXT =
      new AppFile("/run/app.conf", "level = 1\n", false, Location.NOWHERE);
  private static final AppFile PROGRAM =
      new AppFile("/run/start", "level = 1\n", true, Location.NOWHERE);

  @TempDir private Path root;
  private FileStore store;

  @BeforeEach
  void store() {
    store = FileStore.of(root, new DurableFiles());
  }

  private Path path(AppFile file) {
    return root.resolve(FileStorePath.of(file).substring(1));
  }

  private static Map<String, Boolean> only(AppFile file, boolean right) {
    return Map.of(FileStorePath.name(file), right);
  }

  @Test
  void holdsEachContentOnceForEachMode() throws IOException {
    assertThat(store.files()).isEmpty();
    store.add(TEXT);
    store.add(PROGRAM);
    assertThat(store.files())
        .isEqualTo(Map.of(FileStorePath.name(TEXT), true, FileStorePath.name(PROGRAM), true));
    assertThat(path(TEXT)).hasContent("level = 1\n");
    assertThat(mode(path(TEXT))).isEqualTo("r--r--r--");
    assertThat(mode(path(PROGRAM))).isEqualTo("r-xr-xr-x");
    assertThat(mode(path(TEXT).resolveSibling(""))).isEqualTo("rwx------");
    store.remove(FileStorePath.name(TEXT));
    assertThat(store.files()).isEqualTo(only(PROGRAM, true));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void seesWhatSomebodyChangesAndPutsItRight() throws IOException {
    store.add(TEXT);
    Files.setPosixFilePermissions(path(TEXT), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(store.files()).as("mode").isEqualTo(only(TEXT, false));
    store.add(TEXT);
    assertThat(store.files()).isEqualTo(only(TEXT, true));

    Files.setAttribute(path(TEXT), "unix:uid", 1);
    assertThat(store.files()).as("owner").isEqualTo(only(TEXT, false));
    store.add(TEXT);

    Files.writeString(path(TEXT), "level = 2\n");
    assertThat(store.files()).as("content").isEqualTo(only(TEXT, false));
    store.add(TEXT);

    Files.delete(path(TEXT));
    Files.createSymbolicLink(path(TEXT), Files.writeString(root.resolve("x"), "level = 1\n"));
    assertThat(store.files()).as("link").isEqualTo(only(TEXT, false));
    store.add(TEXT);
    assertThat(store.files()).isEqualTo(only(TEXT, true));
    assertThat(root.resolve("x")).as("is not followed").hasContent("level = 1\n");
    assertThat(Files.isSymbolicLink(path(TEXT))).isFalse();

    Files.delete(path(TEXT));
    assertThat(store.files()).isEmpty();
  }

  @Test
  void touchesNothingThatIsNotItsOwn() throws IOException {
    store.add(TEXT);
    Path other = Files.writeString(path(TEXT).resolveSibling("sha256-notes"), "");
    Path outside = Files.writeString(root.resolve("outside"), "");
    store.remove("sha256-notes");
    store.remove("../../../../outside");
    assertThat(other).exists();
    assertThat(outside).exists();
    assertThat(store.files()).isEqualTo(only(TEXT, true));
  }

  private static AppFile reloaded(String content) {
    return new AppFile(
        "/run/app/app.conf",
        new FileContent.Text(content),
        false,
        "reload-app-0123456789abcdef",
        Location.NOWHERE);
  }

  @Test
  void aFileThatIsReloadedIsReplacedInItsFolderAndNotRightUntilTheAppHasReadIt()
      throws IOException {
    AppFile one = reloaded("level = 1\n");
    AppFile two = reloaded("level = 2\n");
    store.add(one);
    assertThat(store.files()).isEqualTo(Map.of(FileStorePath.name(one), true));
    store.begin(two);
    assertThat(store.files()).as("not begun yet").isEqualTo(Map.of(FileStorePath.name(one), false));
    store.put(two);
    assertThat(store.files()).isEqualTo(Map.of(FileStorePath.name(two), false));
    assertThat(path(two)).hasContent("level = 2\n");
    assertThat(FileStore.of(root, new DurableFiles()).files())
        .as("after a crash")
        .isEqualTo(Map.of(FileStorePath.name(two), false));
    store.end(two);
    assertThat(store.files()).isEqualTo(Map.of(FileStorePath.name(two), true));
    // The former content is no longer there, and nothing is removed for it.
    store.remove(FileStorePath.name(one));
    assertThat(path(two)).hasContent("level = 2\n");
    Files.setPosixFilePermissions(path(two), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(store.files()).isEqualTo(Map.of(FileStorePath.name(two), false));
    store.remove(FileStorePath.name(two));
    assertThat(store.files()).isEmpty();
    assertThat(path(two).getParent()).doesNotExist();
  }

  /** By the name of the filter's unit, and no file whose digest begins in the same way is read. */
  @Test
  void whatAFilterReadsIsStoredForItAloneAndComparedAsAWhole() throws IOException {
    var names = new AppFile("bus/names.env", "SANDBAR_BUS_NAMES=x\n", false, Location.NOWHERE);
    store.add(names);
    assertThat(path(names).getFileName().toString()).matches("bus-[0-9a-f]{28}");
    assertThat(store.files()).isEqualTo(only(names, true));

    Files.writeString(path(names), "SANDBAR_BUS_NAMES=y\n");
    assertThat(store.files()).doesNotContainKey(FileStorePath.name(names)).hasSize(1);
    store.add(names);
    assertThat(store.files()).isEqualTo(only(names, true));
    Files.setPosixFilePermissions(path(names), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(store.files()).isEqualTo(only(names, false));

    store.remove(FileStorePath.name(names));
    assertThat(store.files()).isEmpty();
    assertThat(path(names)).doesNotExist();
  }
}
