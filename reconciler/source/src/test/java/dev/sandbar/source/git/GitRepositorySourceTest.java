package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitRepositorySourceTest {
  @TempDir Path temp;
  private TestRepository repository;

  @BeforeEach
  void createRepository() throws IOException {
    repository = TestRepository.create(temp.resolve("repo"));
  }

  @Test
  void manifestsOfTheDefaultBranchAreReadInTheOrderOfTheirPaths() throws IOException {
    repository.write("b.yml", "b: 1\n").write("a/z.yaml", TestRepository.APP);
    repository.write("README.md", "no").write(".github/ci.yaml", "no").write(".x.yaml", "no");
    String commit = repository.commit();

    Snapshot snapshot = fetched(source().poll(""));

    assertThat(snapshot.revision()).isEqualTo("main@sha1:" + commit);
    assertThat(snapshot.files().keySet()).containsExactly("a/z.yaml", "b.yml");
    assertThat(new String(snapshot.files().get("b.yml"), UTF_8)).isEqualTo("b: 1\n");
    assertThat(snapshot.diagnostics()).isEmpty();
  }

  @Test
  void nothingNewIsUnchangedAndANewCommitIsFetched() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    var source = source();
    String first = fetched(source.poll("")).revision();
    assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));

    repository.write("a.yaml", "a: 2\n").commit();
    Snapshot second = fetched(source.poll(first));
    assertThat(new String(second.files().get("a.yaml"), UTF_8)).isEqualTo("a: 2\n");
    assertThat(source.poll(second.revision())).isInstanceOf(PollResult.Unchanged.class);
  }

  @Test
  void aRestartedAgentReadsFromItsCloneAgain() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    String first = fetched(source().poll("")).revision();
    Snapshot again = fetched(source().poll(""));
    assertThat(again.revision()).isEqualTo(first);
    assertThat(packs()).hasSize(1);
  }

  @Test
  void branchTagAnnotatedTagFullNameAndCommitCanBeFollowed() throws IOException {
    String first = repository.write("a.yaml", "a: 1\n").commit();
    repository.git("tag", "light");
    repository.git("tag", "-a", "-m", "x", "heavy");
    repository.git("branch", "release/1");
    repository.git("branch", "release/10");
    repository.write("a.yaml", "a: 2\n").commit();

    assertThat(revisionOf("light")).isEqualTo("light@sha1:" + first);
    assertThat(revisionOf("heavy")).isEqualTo("heavy@sha1:" + first);
    assertThat(revisionOf("release/1")).isEqualTo("release/1@sha1:" + first);
    assertThat(revisionOf("refs/heads/main")).isEqualTo("main@sha1:" + repository.head());
    assertThat(revisionOf(first)).isEqualTo("sha1:" + first);
  }

  @Test
  void aFixedCommitIsAskedForOnlyOnce() throws IOException {
    String commit = repository.write("a.yaml", "a: 1\n").commit();
    var source = source(settings().withRef(commit));
    String revision = fetched(source.poll("")).revision();
    Files.move(repository.directory, temp.resolve("away"));
    assertThat(source.poll(revision)).isEqualTo(new PollResult.Unchanged(revision));
    assertThat(fetched(source.poll("")).files()).containsKey("a.yaml");
  }

  /** Whoever interrupts it deletes the clone next. */
  @Test
  void anInterruptedPollWritesNothingAfterItsEnd() throws Exception {
    repository.write("a.yaml", "a: 1\n").commit();
    for (int i = 0; i < 40; i++) {
      Path state = Files.createDirectory(temp.resolve("state-" + i));
      var source = new GitRepositorySource(settings(), GitLimits.DEFAULT, state);
      var polled = new FutureTask<>(() -> source.poll(""));
      Thread thread = Thread.ofVirtual().start(polled);
      // A different place of the poll each time.
      thread.join(Duration.ofMillis(i % 20));
      thread.interrupt();
      polled.get();
      try (Stream<Path> clone = Files.walk(state)) {
        clone
            .sorted(Comparator.reverseOrder())
            .forEach(it -> assertThat(it.toFile().delete()).as("%s", it).isTrue());
      }
      assertThat(state).doesNotExist();
    }
  }

  @Test
  void onlyTheFolderOfThePathIsRead() throws IOException {
    repository.write("fleet/berlin/a.yaml", "a: 1\n").write("b.yaml", "b: 1\n").commit();
    Snapshot snapshot = fetched(source(settings().withPath("fleet/berlin")).poll(""));
    assertThat(snapshot.files().keySet()).containsExactly("fleet/berlin/a.yaml");
    Fault fault = failed(source(settings().withPath("fleet/paris")).poll(""), Reason.PATH_MISSING);
    assertThat(fault.message()).contains("fleet/paris").contains("main@sha1:");
    failed(source(settings().withPath("b.yaml")).poll(""), Reason.PATH_MISSING);
  }

  @Test
  void tellsACommitThatDescendsFromOneThatDoesNot() throws IOException {
    repository.write("a.yaml", "a: 0\n").commit();
    String before = "main@sha1:" + repository.write("a.yaml", "a: 1\n").commit();
    var source = source();
    assertThat(fetched(source.poll("")).revision()).isEqualTo(before);
    assertThat(source.follows(before, before)).isTrue();

    // Several commits between two polls, by a merge too.
    repository.git("checkout", "--quiet", "-b", "side");
    repository.write("b.yaml", "b: 1\n").commit();
    repository.git("checkout", "--quiet", "main");
    repository.write("a.yaml", "a: 2\n").commit();
    repository.git("merge", "--quiet", "--no-edit", "side");
    for (int i = 3; i < 70; i++) {
      repository.git("commit", "--quiet", "--allow-empty", "--message", "x" + i);
    }
    String later = fetched(source.poll(before)).revision();
    assertThat(source.follows(later, before)).isTrue();
    assertThat(temp.resolve("state/history.git")).doesNotExist();

    // The same files, and not one commit in common.
    repository.git("checkout", "--quiet", "--orphan", "fresh");
    repository.commit();
    repository.git("branch", "--force", "main", "fresh");
    repository.git("checkout", "--quiet", "main");
    String unrelated = fetched(source.poll(later)).revision();
    assertThat(source.follows(unrelated, before)).isFalse();
    assertThat(source.follows(unrelated, "main@sha1:nonsense")).isFalse();
    Files.move(repository.directory, temp.resolve("gone"));
    assertThat(source.follows(unrelated, before)).isFalse();
  }

  @Test
  void rewrittenHistoryIsFollowed() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    repository.write("a.yaml", "a: 2\n").commit();
    var source = source();
    String before = fetched(source.poll("")).revision();

    repository.git("reset", "--quiet", "--hard", "HEAD~1");
    Snapshot back = fetched(source.poll(before));
    assertThat(new String(back.files().get("a.yaml"), UTF_8)).isEqualTo("a: 1\n");

    repository.git("checkout", "--quiet", "--orphan", "fresh");
    repository.write("c.yaml", "c: 1\n").commit();
    repository.git("branch", "--force", "main", "fresh");
    Snapshot fresh = fetched(source.poll(back.revision()));
    assertThat(fresh.files().keySet()).containsExactly("a.yaml", "c.yaml");
  }

  @Test
  void anEmptyRepositoryAndAMissingRefAndAGoneRepositoryFailEachInItsOwnWay() throws IOException {
    failed(source().poll(""), Reason.REF_MISSING);
    repository.write("a.yaml", "a: 1\n").commit();
    Fault missing = failed(source(settings().withRef("nope")).poll(""), Reason.REF_MISSING);
    assertThat(missing.message()).contains("'nope'");
    assertThat(missing.kind()).isEqualTo(Fault.Kind.STALLED);
    failed(source(settings().withRef("0".repeat(39) + "1")).poll(""), Reason.REF_MISSING);

    var source = source();
    String revision = fetched(source.poll("")).revision();
    Files.move(repository.directory, temp.resolve("away"));
    failed(source.poll(revision), Reason.REPOSITORY_MISSING);
    Files.move(temp.resolve("away"), repository.directory);
    assertThat(source.poll(revision)).isInstanceOf(PollResult.Unchanged.class);
  }

  @Test
  void anEmptyTreeIsAnEmptySnapshot() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    var source = source();
    String revision = fetched(source.poll("")).revision();
    repository.git("rm", "--quiet", "-r", ".");
    repository.commit();
    assertThat(fetched(source.poll(revision)).isEmpty()).isTrue();
  }

  @Test
  void aDamagedCloneIsMadeAnew() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    fetched(source().poll(""));
    Path pack = packs().getFirst();
    Files.setPosixFilePermissions(pack, PosixFilePermissions.fromString("rw-------"));
    Files.write(pack, new byte[(int) Files.size(pack)]);
    assertThat(fetched(source().poll("")).files()).containsKey("a.yaml");

    for (Path index : packs()) {
      Files.delete(Path.of(index.toString().replace(".pack", ".idx")));
    }
    assertThat(fetched(source().poll("")).files()).containsKey("a.yaml");

    Files.writeString(clonePath().resolve("HEAD"), "nonsense");
    Files.writeString(clonePath().resolve("refs/sandbar/source"), "nonsense\n");
    assertThat(fetched(source().poll("")).files()).containsKey("a.yaml");

    Files.writeString(clonePath().resolve("config"), "[core\n");
    assertThat(fetched(source().poll("")).files()).containsKey("a.yaml");
  }

  @Test
  void locksLeftByAPowerCutDoNotStopFetching() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    String revision = fetched(source().poll("")).revision();
    Files.writeString(clonePath().resolve("refs/sandbar/source.lock"), "");
    Files.writeString(clonePath().resolve("shallow.lock"), "");
    repository.write("a.yaml", "a: 2\n").commit();
    Snapshot second = fetched(source().poll(revision));
    assertThat(second.revision()).isNotEqualTo(revision);
    assertThat(new String(second.files().get("a.yaml"), UTF_8)).isEqualTo("a: 2\n");
  }

  @Test
  void aCloneOfAnotherAddressIsNotUsed() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    fetched(source().poll(""));
    TestRepository other = TestRepository.create(temp.resolve("other"));
    other.write("b.yaml", "b: 1\n").commit();
    assertThat(fetched(source(GitSettings.of(other.url())).poll("")).files().keySet())
        .containsExactly("b.yaml");
  }

  @Test
  void theCloneDoesNotGrowForever() throws IOException {
    repository.write("a.yaml", "a: 0\n").commit();
    var source = source();
    String revision = fetched(source.poll("")).revision();
    for (int i = 1; i < 60; i++) {
      repository.write("a.yaml", "a: " + i + "\n").commit();
      revision = fetched(source.poll(revision)).revision();
    }
    assertThat(packs()).hasSizeLessThanOrEqualTo(50);
  }

  @Test
  void anUnusableStateDirectoryIsTold() throws IOException {
    repository.write("a.yaml", "a: 1\n").commit();
    Path file = Files.writeString(temp.resolve("file"), "");
    var source = new GitRepositorySource(settings(), GitLimits.DEFAULT, file);
    Fault fault = failed(source.poll(""), Reason.LOCAL_STATE);
    assertThat(fault.kind()).isEqualTo(Fault.Kind.TRANSIENT);
  }

  @Test
  void theMachinesGitConfigurationDoesNotApply() {
    GitEnvironment.isolate();
    var reader = org.eclipse.jgit.util.SystemReader.getInstance();
    assertThat(reader.getenv("PATH")).isNull();
    assertThat(reader.getenv("GIT_SSH")).isNull();
    try {
      assertThat(reader.getUserConfig().toText()).isEmpty();
      assertThat(reader.getSystemConfig().toText()).isEmpty();
      assertThat(reader.getJGitConfig().toText()).isEmpty();
    } catch (IOException | org.eclipse.jgit.errors.ConfigInvalidException e) {
      throw new AssertionError(e);
    }
  }

  private String revisionOf(String ref) {
    return fetched(source(settings().withRef(ref)).poll("")).revision();
  }

  private GitSettings settings() {
    return GitSettings.of(repository.url());
  }

  private GitRepositorySource source() {
    return source(settings());
  }

  private GitRepositorySource source(GitSettings settings) {
    return new GitRepositorySource(settings, GitLimits.DEFAULT, temp.resolve("state"));
  }

  private Path clonePath() {
    return temp.resolve("state/repository.git");
  }

  private List<Path> packs() throws IOException {
    try (Stream<Path> files = Files.list(clonePath().resolve("objects/pack"))) {
      return files.filter(file -> file.toString().endsWith(".pack")).toList();
    }
  }
}
