package dev.sandbar.gitserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A repository made by the real Git. */
public final class TestRepository {
  /** How every manifest begins. */
  public static final String APP = "apiVersion: sandbar.dev/v1alpha1\nkind: AppSandbox\n";

  /** The work tree. */
  public final Path directory;

  private TestRepository(Path directory) {
    this.directory = directory;
  }

  /** Makes an empty repository whose branch is main. */
  public static TestRepository create(Path directory) throws IOException {
    Files.createDirectories(directory);
    var repository = new TestRepository(directory);
    repository.git("init", "--quiet", "--initial-branch=main", ".");
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
    return repository;
  }

  /** The file address. */
  public String url() {
    return "file://" + directory;
  }

  /** Writes a file of the work tree. */
  public TestRepository write(String path, String text) throws IOException {
    return write(path, text.getBytes(UTF_8));
  }

  /** Writes a file of the work tree. */
  public TestRepository write(String path, byte[] content) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    return this;
  }

  /** Commits all of the work tree; returns the commit's id. */
  public String commit() {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message=change");
    return head();
  }

  /** The commit's id. */
  public String head() {
    return git("rev-parse", "HEAD");
  }

  /** Stores an object of any content, valid or not; returns its id. */
  public String object(String type, byte[] content) {
    return input(content, "hash-object", "-w", "--literally", "-t", type, "--stdin");
  }

  /** Stores a blob; returns its id. */
  public String blob(String text) {
    return object("blob", text.getBytes(UTF_8));
  }

  /** Stores a tree of lines {@code mode name id}, in the order given, without any check. */
  public String tree(String... entries) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    for (String entry : entries) {
      String[] parts = entry.split(" ", 3);
      bytes.write((parts[0] + " " + parts[2]).getBytes(UTF_8));
      bytes.write(0);
      bytes.write(java.util.HexFormat.of().parseHex(parts[1]));
    }
    return object("tree", bytes.toByteArray());
  }

  /** Lets main point to a commit of the tree. */
  public String commitTree(String tree) {
    String commit = git("commit-tree", "-m", "crafted", tree);
    git("update-ref", "refs/heads/main", commit);
    return commit;
  }

  /** Runs Git; returns what it says. */
  public String git(String... arguments) {
    return input(new byte[0], arguments);
  }

  private String input(byte[] input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-c", "gc.auto=0"));
    command.addAll(Arrays.asList(arguments));
    return Command.run(directory, input, command);
  }
}
