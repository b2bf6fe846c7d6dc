package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestFolderTest {
  @TempDir Path temp;

  @Test
  void foldersFilesAndTheStandardInputAreReadTogether() throws IOException {
    write("apps/b.yaml", "b");
    write("apps/deep/a.yml", "a");
    write("apps/README.md", "no");
    write("apps/.git/config.yaml", "no");
    write("single.txt", "s");

    Snapshot snapshot = read("piped", path("apps"), path("single.txt"), "-");

    assertThat(snapshot.revision()).isEmpty();
    assertThat(snapshot.diagnostics()).isEmpty();
    assertThat(snapshot.files().keySet())
        .containsExactlyInAnyOrder(
            path("apps/b.yaml"), path("apps/deep/a.yml"), path("single.txt"), "<stdin>");
    assertThat(snapshot.files().get("<stdin>")).isEqualTo("piped".getBytes(UTF_8));
  }

  @Test
  void aFileThatIsNamedTwiceIsReadOnce() throws IOException {
    write("apps/a.yaml", "a");
    Snapshot snapshot = read("", path("apps"), path("apps/../apps/a.yaml"), path("apps") + "/");
    assertThat(snapshot.files()).hasSize(1);
  }

  @Test
  void linksInFoldersAreRefusedAndALinkThatIsNamedIsFollowed() throws IOException {
    write("outside.yaml", "o");
    write("apps/a.yaml", "a");
    Files.createSymbolicLink(temp.resolve("apps/link.yaml"), temp.resolve("outside.yaml"));
    Files.createSymbolicLink(temp.resolve("apps/loop"), temp.resolve("apps"));

    Snapshot snapshot = read("", path("apps"));
    assertThat(snapshot.files().keySet()).containsExactly(path("apps/a.yaml"));
    assertThat(snapshot.diagnostics())
        .extracting(it -> it.severity() + " " + it.at().file())
        .containsExactly("ERROR " + path("apps/link.yaml"), "WARNING " + path("apps/loop"));

    assertThat(read("", path("apps/link.yaml")).files()).hasSize(1);
  }

  @Test
  void whatIsMissingIsToldAndTheRestIsRead() throws IOException {
    write("a.yaml", "a");
    Snapshot snapshot = read("", path("gone"), path("a.yaml"), "", "a\0b");
    assertThat(snapshot.files()).hasSize(1);
    assertThat(snapshot.diagnostics()).hasSize(3).allMatch(it -> it.problem() == Problem.SOURCE);
    assertThat(snapshot.diagnostics().getFirst().toString())
        .startsWith(path("gone") + ": error: there is no such file or folder (");
  }

  @Test
  void aFileThatNeverEndsIsReadOnlyAsFarAsAllowed() {
    Snapshot snapshot = read("", "/dev/zero");
    assertThat(snapshot.files()).isEmpty();
    assertThat(snapshot.diagnostics().getFirst().problem()).isEqualTo(Problem.TOO_LARGE);
    var endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    assertThat(ManifestFolder.read(List.of("-"), endless, SnapshotLimits.DEFAULT).files())
        .isEmpty();
  }

  @Test
  void pipesInAFolderAreNotRead() throws Exception {
    write("apps/a.yaml", "a");
    new ProcessBuilder("mkfifo", temp.resolve("apps/pipe.yaml").toString()).start().waitFor();
    assertThat(read("", path("apps")).files()).hasSize(1);
  }

  @Test
  void tooMuchIsRefusedAsAWhole() throws IOException {
    for (int i = 0; i < 5; i++) {
      write("apps/" + i + ".yaml", "a");
    }
    var few = new SnapshotLimits(4, 100, 1000, 100, 3);
    Snapshot snapshot =
        ManifestFolder.read(List.of(path("apps")), InputStream.nullInputStream(), few);
    assertThat(snapshot.isEmpty()).isTrue();
    assertThat(snapshot.diagnostics().getFirst().problem()).isEqualTo(Problem.TOO_LARGE);
  }

  private Snapshot read(String input, String... arguments) {
    return ManifestFolder.read(
        Arrays.asList(arguments),
        new ByteArrayInputStream(input.getBytes(UTF_8)),
        SnapshotLimits.DEFAULT);
  }

  private String path(String name) {
    return temp.resolve(name).toString();
  }

  private void write(String name, String text) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }
}
