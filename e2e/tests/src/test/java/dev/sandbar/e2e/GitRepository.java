package dev.sandbar.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A real Git repository in a folder. */
final class GitRepository {

  private final Path folder;

  private GitRepository(Path folder) {
    this.folder = folder;
  }

  static GitRepository create(Path folder) throws IOException {
    var repository = new GitRepository(Files.createDirectories(folder));
    repository.git("init", "--quiet", "--initial-branch=main");
    return repository;
  }

  String url() {
    return "file://" + folder;
  }

  /** Writes a file and commits it. */
  GitRepository commit(String path, String content) throws IOException {
    return write(path, content).commitAll("Change " + path);
  }

  /** Writes a file for the next commit. */
  GitRepository write(String path, String content) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, content);
    return this;
  }

  GitRepository remove(String path) throws IOException {
    return delete(path).commitAll("Remove " + path);
  }

  /** Deletes a file with the next commit. */
  GitRepository delete(String path) throws IOException {
    Files.delete(folder.resolve(path));
    return this;
  }

  /** The commit of the branch. */
  String head() throws IOException {
    return git("rev-parse", "HEAD").strip();
  }

  /** Lets the repository be gone. */
  void hide() throws IOException {
    Files.move(folder, folder.resolveSibling(folder.getFileName() + ".hidden"));
  }

  /** Undoes {@link #hide}. */
  void show() throws IOException {
    Files.move(folder.resolveSibling(folder.getFileName() + ".hidden"), folder);
  }

  GitRepository commitAll(String message) throws IOException {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", message);
    return this;
  }

  String git(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(
        List.of(
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.com",
            "-c",
            "commit.gpgsign=false"));
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }
}
