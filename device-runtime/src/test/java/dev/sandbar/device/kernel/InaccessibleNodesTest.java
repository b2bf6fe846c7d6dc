package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links stand for the mounts that systemd makes: either way the node is found in that place. */
class InaccessibleNodesTest {

  @TempDir private Path device;
  @TempDir private Path app;
  private Path node;

  @BeforeEach
  void nodes() throws IOException {
    node = Files.createDirectories(device.resolve("run/systemd/inaccessible/dir"));
    Files.createDirectories(app.resolve("srv/media/inner"));
    Files.createDirectories(app.resolve("data"));
  }

  private boolean shows(String path) {
    return InaccessibleNodes.of(device).shows(app, path);
  }

  @Test
  void onlyWhatIsThereIsSeen() throws IOException {
    assertThat(shows("/srv/media")).isTrue();
    assertThat(shows("/srv/media/inner")).isTrue();
    assertThat(shows("/srv/none")).isFalse();
    assertThat(shows("/srv/none/inner")).isFalse();
    Files.createSymbolicLink(app.resolve("srv/hidden"), node);
    assertThat(shows("/srv/hidden")).isFalse();
  }

  /** From here the link leads elsewhere than from there. */
  @Test
  void linksAreFollowedAsTheAppDoes() throws IOException {
    Files.createSymbolicLink(app.resolve("mnt"), Path.of("/srv/./media/../media"));
    assertThat(shows("/mnt")).isTrue();
    assertThat(shows("/mnt/inner")).isTrue();
    assertThat(shows("/mnt/none")).isFalse();
    Files.createSymbolicLink(app.resolve("outside"), Path.of("../../../../srv"));
    assertThat(shows("/outside/media")).isTrue();
    Files.createSymbolicLink(app.resolve("own"), Path.of(device.toString()));
    assertThat(shows("/own")).as("no such directory in its root").isFalse();
  }

  @Test
  void linksWithoutEndLeadNowhere() throws IOException {
    Files.createSymbolicLink(app.resolve("a"), Path.of("/b"));
    Files.createSymbolicLink(app.resolve("b"), Path.of("a"));
    assertThat(shows("/a")).isFalse();
    assertThat(shows("/b/c")).isFalse();
  }

  @Test
  void withoutNodesEverythingIsSeen() throws IOException {
    Files.delete(node);
    assertThat(shows("/srv/media")).isTrue();
  }
}
