package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.PersonIdent;

/** The repository that the device follows. */
final class BenchRepository implements AutoCloseable {

  private static final String APP =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {command: [/usr/bin/sleep, infinity]}
        drift: {mode: Detect}
      """;

  private final Path folder;
  private final Git git;

  private BenchRepository(Path folder, Git git) {
    this.folder = folder;
    this.git = git;
  }

  static BenchRepository create(Path folder) throws IOException {
    try {
      var fleet =
          new BenchRepository(
              folder, Git.init().setDirectory(folder.toFile()).setInitialBranch("main").call());
      fleet.note("begun");
      return fleet;
    } catch (GitAPIException e) {
      throw new IOException(e);
    }
  }

  Path folder() {
    return folder;
  }

  /** Name of an app; all of them sort in the order of their numbers. */
  static String app(int number) {
    return "app%03d".formatted(number);
  }

  /** Declares so many apps, each in the closed sandbox, and no other, in one commit. */
  void apps(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Files.writeString(folder.resolve(app(i) + ".yaml"), APP.formatted(app(i)));
    }
    for (int i = count; Files.deleteIfExists(folder.resolve(app(i) + ".yaml")); i++) {}
    commit(count + " apps");
  }

  /** Commits something that concerns no app. */
  void note(String text) throws IOException {
    Files.writeString(folder.resolve("README"), text + "\n");
    commit(text);
  }

  private void commit(String message) throws IOException {
    var who = new PersonIdent("Bench", "bench@example.com");
    try {
      git.add().addFilepattern(".").call();
      git.add().setUpdate(true).addFilepattern(".").call();
      git.commit().setMessage(message).setAuthor(who).setCommitter(who).setSign(false).call();
    } catch (GitAPIException e) {
      throw new IOException(e);
    }
  }

  /** The newest commit. */
  String revision() throws IOException {
    return Objects.requireNonNull(git.getRepository().resolve("HEAD")).name();
  }

  @Override
  public void close() {
    git.close();
  }
}
