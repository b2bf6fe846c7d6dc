package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {

  @TempDir private Path root;
  private ContentStore store;

  @BeforeEach
  void store() {
    store = ContentStore.of(root, new DurableFiles());
  }

  private FileContent.Kept kept(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var kept = new FileContent.Kept(Sha256.of(bytes), bytes.length);
    store.keep(kept.digest(), bytes);
    return kept;
  }

  private Path file(FileContent.Kept kept) {
    return root.resolve("var/lib/sandbar/contents/sha256-" + kept.digest().hex());
  }

  @Test
  void whatNothingNamesAndNobodyWaitsForIsRemoved() throws IOException {
    FileContent.Kept one = kept("one");
    FileContent.Kept two = kept("two");
    store.retain(Set.of());
    assertThat(file(one)).exists();
    store.expect(Set.of(two.digest()));
    store.retain(Set.of());
    assertThat(file(one)).doesNotExist();
    assertThat(file(two)).exists();
    store.expect(Set.of());
    store.retain(Set.of(two.digest()));
    assertThat(file(two)).exists();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(two))))
        .isEqualTo("r--------");
  }

  @Test
  void onlyWhatWasKeptReachesAFile() throws IOException {
    FileContent.Kept kept = kept("a map");
    var files = FileStore.of(root, new DurableFiles());
    var file = new AppFile("/run/map", kept, false, "", Location.NOWHERE);
    files.add(file);
    assertThat(root.resolve(FileStorePath.of(file).substring(1))).hasContent("a map");
    assertThat(files.files()).isEqualTo(Map.of(FileStorePath.name(file), true));

    Files.delete(file(kept));
    Files.writeString(file(kept), "a lie");
    assertThatThrownBy(() -> files.add(file)).hasMessageContaining("has been changed");
    kept("a map");
    files.add(file);
    Files.delete(file(kept));
    assertThatThrownBy(() -> files.add(file)).hasMessageContaining("is not on this device");
  }
}
