package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.SnapshotLimits;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileRepositoryTest {
  private static final SnapshotLimits FEW = new SnapshotLimits(10, 1000, 5000, 100, 4);

  @TempDir Path temp;
  private TestRepository repository;

  @BeforeEach
  void createRepository() throws IOException {
    repository = TestRepository.create(temp.resolve("repo"));
    repository.write("good.yaml", "good: 1\n").commit();
  }

  @Test
  void symbolicLinksAreRefusedAndTheRestIsRead() throws IOException {
    Files.writeString(temp.resolve("secret.yaml"), "secret: 1\n");
    Path root = repository.directory;
    Files.createSymbolicLink(root.resolve("absolute.yaml"), temp.resolve("secret.yaml"));
    Files.createSymbolicLink(root.resolve("up.yaml"), Path.of("../secret.yaml"));
    Files.createSymbolicLink(root.resolve("chain.yaml"), Path.of("up.yaml"));
    Files.createSymbolicLink(root.resolve("folder"), temp);
    repository.commit();

    Snapshot snapshot = fetched(source().poll(""));

    assertThat(snapshot.files().keySet()).containsExactly("good.yaml");
    assertThat(snapshot.diagnostics())
        .extracting(it -> it.severity() + " " + it.at().file())
        .containsExactly(
            "ERROR absolute.yaml", "ERROR chain.yaml", "WARNING folder", "ERROR up.yaml");
    assertThat(snapshot.diagnostics()).allMatch(it -> it.problem() == Problem.UNSAFE_PATH);
  }

  @Test
  void aSubmoduleIsRefusedAndTheRestIsRead() throws IOException {
    repository.write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = file:///etc\n");
    repository.git("add", "--all");
    repository.git("update-index", "--add", "--cacheinfo", "160000," + "1".repeat(40) + ",x");
    repository.git("commit", "--quiet", "--message=submodule");

    Snapshot snapshot = fetched(source().poll(""));

    assertThat(snapshot.files().keySet()).containsExactly("good.yaml");
    assertThat(snapshot.diagnostics()).hasSize(1);
    assertThat(snapshot.diagnostics().getFirst().message()).contains("submodule");
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", ".git", ".GIT", ".Git", "git~1", "a/b.yaml", "../x.yaml"})
  void namesThatGitForbidsAreRefused(String name) throws IOException {
    String blob = repository.blob("evil: 1\n");
    String tree = repository.tree("100644 " + blob + " evil.yaml");
    boolean file = name.endsWith(".yaml");
    repository.commitTree(
        repository.tree((file ? "100644 " + blob : "40000 " + tree) + " " + name));

    PollResult result = source().poll("");

    if (result instanceof PollResult.Fetched(Snapshot snapshot)) {
      // ".GIT" and "git~1" mean something on other systems only; they must not be read either.
      assertThat(snapshot.files()).isEmpty();
    } else {
      Fault fault = failed(result, Reason.UNSAFE_OBJECT);
      assertThat(fault.help()).contains("git fsck");
    }
  }

  @Test
  void aTreeWithTwoEntriesOfOneNameIsRefused() throws IOException {
    String one = repository.blob("a: 1\n");
    String two = repository.blob("a: 2\n");
    repository.commitTree(
        repository.tree("100644 " + one + " a.yaml", "100644 " + two + " a.yaml"));
    failed(source().poll(""), Reason.UNSAFE_OBJECT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\nb.yaml", "\u001b[31mx.yaml", "a\u202eb.yaml", "a\\b.yaml", ".g\u200cit"})
  void namesThatDeceiveAreRefusedAndShownHarmlessly(String name) throws IOException {
    String blob = repository.blob("evil: 1\n");
    repository.commitTree(
        repository.tree("100644 " + blob + " " + name, "100644 " + blob + " zz.yaml"));

    PollResult result = source().poll("");

    if (result instanceof PollResult.Failed) {
      failed(result, Reason.UNSAFE_OBJECT);
      return;
    }
    Snapshot snapshot = fetched(result);
    assertThat(snapshot.files().keySet()).containsExactly("zz.yaml");
    Diagnostic told = snapshot.diagnostics().getFirst();
    assertThat(told.problem()).isEqualTo(Problem.UNSAFE_PATH);
    assertThat(told.toString()).doesNotContain("\n", "\u001b", "\u202e", "\u200c");
  }

  @Test
  void aNameThatIsNotUtf8IsRefused() throws IOException {
    var raw = new java.io.ByteArrayOutputStream();
    raw.write("100644 a".getBytes(UTF_8));
    raw.write(0xE4);
    raw.write(".yaml\0".getBytes(UTF_8));
    raw.write(java.util.HexFormat.of().parseHex(repository.blob("a: 1\n")));
    repository.commitTree(repository.object("tree", raw.toByteArray()));
    Snapshot snapshot = fetched(source().poll(""));
    assertThat(snapshot.files()).isEmpty();
    assertThat(snapshot.diagnostics().getFirst().message()).contains("UTF-8");
  }

  @Test
  void aHugeFileAndAnLfsPointerAreLeftOutAndTheRestIsRead() throws IOException {
    repository.write("huge.yaml", "x".repeat(300_000));
    repository.write(
        "lfs.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    repository.commit();
    Snapshot snapshot = fetched(source().poll(""));
    assertThat(snapshot.files().keySet()).containsExactly("good.yaml");
    assertThat(snapshot.diagnostics())
        .extracting(Diagnostic::problem)
        .containsExactly(Problem.TOO_LARGE, Problem.SOURCE);
  }

  @Test
  void tooManyFilesTooManyBytesAndTooManyNamesFailAsAWhole() throws IOException {
    for (int i = 0; i < 11; i++) {
      repository.write("many/" + i + ".yaml", "a: 1\n");
    }
    for (int i = 0; i < 6; i++) {
      repository.write("big/" + i + ".yaml", "x".repeat(990));
    }
    for (int i = 0; i < 101; i++) {
      repository.write("names/" + i + ".txt", "x");
    }
    repository.write("a/b/c/d/e/f/g.yaml", "a: 1\n");
    repository.commit();
    assertThat(failed(few("many").poll(""), Reason.TOO_LARGE).message()).contains("10 manifests");
    assertThat(failed(few("big").poll(""), Reason.TOO_LARGE).message()).contains("5000 bytes");
    assertThat(failed(few("names").poll(""), Reason.TOO_LARGE).message()).contains("100 files");
    Snapshot deep = fetched(few("a").poll(""));
    assertThat(deep.isEmpty()).isTrue();
    assertThat(deep.diagnostics().getFirst().problem()).isEqualTo(Problem.TOO_LARGE);
  }

  @Test
  void aTreeBombIsBounded() throws IOException {
    String tree = repository.tree("100644 " + repository.blob("a: 1\n") + " a.yaml");
    for (int depth = 0; depth < 20; depth++) {
      var entries = new String[10];
      for (int i = 0; i < entries.length; i++) {
        entries[i] = "40000 " + tree + " d" + i;
      }
      tree = repository.tree(entries);
    }
    repository.commitTree(tree);
    failed(source().poll(""), Reason.TOO_LARGE);
  }

  @Test
  void aPackWithTooLargeAnObjectOrTooManyObjectsIsCutOff() throws IOException {
    repository.write("zeros.bin", new byte[8 * 1024 * 1024]).commit();
    Fault large = failed(source().poll(""), Reason.TOO_LARGE);
    assertThat(large.message()).contains("4194304 bytes");

    repository.git("rm", "--quiet", "zeros.bin");
    for (int i = 0; i < 30; i++) {
      repository.write("f" + i, "x" + i);
    }
    repository.commit();
    var few =
        new GitLimits(
            SnapshotLimits.DEFAULT, Duration.ofSeconds(20), 1 << 20, 1 << 20, 20, 1 << 20);
    Fault many = failed(source(GitSettings.of(repository.url()), few).poll(""), Reason.TOO_LARGE);
    assertThat(many.message()).contains("objects");
  }

  @Test
  void aPackOfTooManyBytesIsCutOffAndLeavesNothingBehind() throws IOException {
    byte[] noise = new byte[900_000];
    for (int i = 0; i < 5; i++) {
      new Random(i).nextBytes(noise);
      repository.write("noise" + i, noise);
    }
    repository.commit();
    var small =
        new GitLimits(
            SnapshotLimits.DEFAULT, Duration.ofSeconds(20), 1 << 20, 2 << 20, 1000, 1 << 20);
    Fault fault =
        failed(source(GitSettings.of(repository.url()), small).poll(""), Reason.TOO_LARGE);
    assertThat(fault.message()).contains("2097152 bytes");
    try (var files = Files.walk(temp.resolve("state"))) {
      assertThat(files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum())
          .isLessThan(100_000);
    }
  }

  @Test
  void aTagThatPointsToNoCommitIsToldSo() throws IOException {
    repository.git("update-ref", "refs/tags/blob", repository.blob("x"));
    failed(
        source(GitSettings.of(repository.url()).withRef("blob"), GitLimits.DEFAULT).poll(""),
        Reason.REF_MISSING);
  }

  private GitRepositorySource few(String path) {
    var limits = new GitLimits(FEW, Duration.ofMinutes(1), 1 << 20, 1 << 20, 1000, 1 << 20);
    return source(GitSettings.of(repository.url()).withPath(path), limits);
  }

  private GitRepositorySource source() {
    return source(GitSettings.of(repository.url()), GitLimits.DEFAULT);
  }

  private GitRepositorySource source(GitSettings settings, GitLimits limits) {
    return new GitRepositorySource(settings, limits, temp.resolve("state"));
  }
}
