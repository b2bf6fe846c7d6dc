package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.fetched;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.EncodedSize;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.Inclusion;
import dev.sandbar.source.Manifests;
import dev.sandbar.source.ObjectSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a repository that no spec has room for, on a device that keeps them. */
class LargeFilesTest {

  private static final String HEAD =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: maps}
      spec:
        run: {command: [/usr/bin/maps]}
        files:
      """;

  @TempDir private Path temp;
  private final Map<Sha256, String> kept = new HashMap<>();
  private TestRepository repository;

  private final ContentKeeper keeper =
      new ContentKeeper() {
        @Override
        public int most() {
          return SpecBounds.MOST_KEPT;
        }

        @Override
        public FileContent.Kept keep(Sha256 digest, byte[] content) {
          kept.put(digest, new String(content, StandardCharsets.UTF_8));
          return new FileContent.Kept(digest, content.length);
        }
      };

  @BeforeEach
  void create() throws IOException {
    repository = TestRepository.create(temp.resolve("repo"));
  }

  private void named(String... files) throws IOException {
    var manifest = new StringBuilder(HEAD);
    for (String file : files) {
      manifest.append(
          "    - {path: /run/%1$s, from: {file: %1$s}}\n".formatted(file.split(" ", 2)[0]));
    }
    repository.write("maps.yaml", manifest.toString());
  }

  private ObjectSet read(ContentKeeper where) throws IOException {
    repository.commit();
    var source =
        new GitRepositorySource(
            GitSettings.of(repository.directory.toUri().toString()),
            GitLimits.DEFAULT,
            temp.resolve("clone"));
    return Manifests.parse(fetched(source.poll("", where)), new Manifests.Memory());
  }

  private static List<AppFile> files(ObjectSet read) {
    assertThat(read.diagnostics()).isEmpty();
    assertThat(EncodedSize.of(read.apps().getFirst().manifest()))
        .isLessThan(SpecBounds.MOST_BYTES + 1024);
    return read.apps().getFirst().app().files();
  }

  private static String errors(ObjectSet read) {
    assertThat(read.apps()).isEmpty();
    return String.join("\n", read.diagnostics().stream().map(Diagnostic::message).toList());
  }

  @Test
  void aFileIsNamedByItsDigest() throws IOException {
    String text = "x".repeat(SpecBounds.MOST_KEPT);
    named("map.txt");
    repository.write("map.txt", text);
    AppFile file = files(read(keeper)).getFirst();
    assertThat(file.content()).isEqualTo(new FileContent.Kept(Sha256.of(text), text.length()));
    assertThat(kept).containsEntry(Sha256.of(text), text);
    assertThat(errors(read(ContentKeeper.NONE)))
        .isEqualTo("spec.files[0].from.file: 'map.txt' has more than 65536 bytes");
  }

  /** So that as few as possible are without variables. */
  @Test
  void ofSeveralTheLargestAreNamedByTheirDigestsUntilThereIsRoom() throws IOException {
    named("a.txt", "b.txt", "c.txt", "d.txt");
    repository
        .write("a.txt", "a".repeat(20_000))
        .write("b.txt", "b".repeat(40_000))
        .write("c.txt", "c".repeat(30_000))
        .write("d.txt", "${device.name}".repeat(2_000));
    assertThat(files(read(keeper)))
        .extracting(file -> file.content() instanceof FileContent.Kept)
        .containsExactly(false, true, true, false);
    assertThat(errors(read(ContentKeeper.NONE)))
        .isEqualTo(
            "spec.files[1].from.file: 'b.txt' makes the spec larger than the 65536 bytes that are"
                + " read");
  }

  @Test
  void whatFitsIntoTheSpecStaysThere() throws IOException {
    named("a.txt", "b.txt");
    repository.write("a.txt", "a".repeat(30_000)).write("b.txt", "b".repeat(30_000));
    assertThat(files(read(keeper)))
        .extracting(AppFile::content)
        .allMatch(FileContent.Text.class::isInstance);
  }

  @Test
  void theBoundIsNamedWithTheFile() throws IOException {
    named("map.txt");
    repository.write("map.txt", "x".repeat(SpecBounds.MOST_KEPT + 1));
    assertThat(errors(read(keeper)))
        .isEqualTo("spec.files[0].from.file: 'map.txt' has more than 1048576 bytes");
    named("map.txt", "more.txt");
    repository.write("map.txt", "x".repeat(700_000)).write("more.txt", "y".repeat(600_000));
    assertThat(errors(read(keeper)))
        .isEqualTo(
            "spec.files[0].from.file: 'map.txt' makes the files of the app larger than the 1048576"
                + " bytes that a device keeps of them");
  }

  @Test
  void noVariableAndNoReloadIsLostInSilence() throws IOException {
    named("map.txt");
    repository.write("map.txt", "x".repeat(Inclusion.MOST_BYTES) + "${device.name}");
    assertThat(errors(read(keeper)))
        .endsWith(
            "has more than 65536 bytes, and variables of the device are put into smaller files"
                + " only");
    repository
        .write("map.txt", "x".repeat(Inclusion.MOST_BYTES + 1))
        .write(
            "maps.yaml",
            HEAD.replace("run: {", "run: {reload: [[/bin/true]], ")
                + "    - {path: /run/maps/map.txt, onChange: Reload, from: {file: map.txt}}\n");
    assertThat(errors(read(keeper)))
        .contains("/run/maps/map.txt' is too large for onChange: Reload");
  }

  /** The store has what other apps have too, and what they had. */
  @Test
  void noAuthorNamesADigest() throws IOException {
    repository.write(
        "maps.yaml",
        HEAD
            + "    - {path: /run/map.txt, kept: {sha256: %s, bytes: 3}}\n"
                .formatted(Sha256.of("abc").hex()));
    assertThat(errors(read(keeper))).contains("unknown field 'kept' in spec.files[0]");
    repository.write(
        "maps.yaml",
        HEAD
            + "    - {path: /run/map.txt, from: {file: maps.txt}, kept: {sha256: %s, bytes: 3}}\n"
                .formatted(Sha256.of("abc").hex()));
    repository.write("maps.txt", "x");
    assertThat(errors(read(keeper))).contains("unknown field 'kept' in spec.files[0]");
  }

  /** Larger than a manifest may be, which it is not. */
  @Test
  void aFileThatIsNamedLikeAManifestIsTheContentToo() throws IOException {
    named("map.yaml");
    repository.write("map.yaml", "a: b\n".repeat(60_000));
    assertThat(files(read(keeper)).getFirst().content()).isInstanceOf(FileContent.Kept.class);
    assertThat(kept).hasSize(1);
  }
}
