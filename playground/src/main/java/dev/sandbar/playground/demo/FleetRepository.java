package dev.sandbar.playground.demo;

import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The Git repository that declares the apps, made with git itself. */
final class FleetRepository {
  private static final List<String> MANIFESTS =
      List.of("visitor.yaml", "broker.yaml", "uplink.yaml");

  private final Path folder;

  private FleetRepository(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes it, with the manifests of {@code examples/demo} as first commit.
   *
   * @param images as the device has them: images are built on this machine, so their digests are
   *     its own
   */
  static FleetRepository create(Path folder, Map<String, AppImage> images) throws IOException {
    Files.createDirectories(folder);
    var repository = new FleetRepository(folder);
    for (String name : MANIFESTS) {
      Files.writeString(folder.resolve(name), withDigests(resource(name), images));
    }
    repository.git("init", "--quiet", "--initial-branch=main");
    repository.commit("Run three apps");
    return repository;
  }

  static String withDigests(String manifest, Map<String, AppImage> images) {
    var text = new StringBuilder();
    String digest = "";
    for (String line : manifest.split("\n", -1)) {
      String word = line.strip();
      if (word.startsWith("path: ")) {
        AppImage image = images.get(word.substring("path: ".length()));
        digest = image == null ? "" : image.sha256();
      }
      boolean replaced = word.startsWith("sha256: ") && !digest.isEmpty();
      text.append(
          replaced ? line.substring(0, line.indexOf("sha256: ")) + "sha256: " + digest : line);
      text.append('\n');
    }
    return text.substring(0, text.length() - 1);
  }

  /**
   * Changes the files as a patch of {@code examples/demo} says, without a commit; returns the
   * changed lines.
   */
  String apply(String patch) throws IOException {
    Path file = folder.resolve(".git").resolve(patch);
    Files.writeString(file, resource(patch));
    git("apply", file.toString());
    return git("diff", "-U0")
        .lines()
        .filter(line -> line.matches("[-+][^-+].*"))
        .distinct()
        .collect(java.util.stream.Collectors.joining("\n"));
  }

  /** Commits everything; returns the abbreviated commit. */
  String commit(String message) throws IOException {
    git("add", "--all");
    git("commit", "--quiet", "--message", message);
    return head().substring(0, 8);
  }

  String head() throws IOException {
    return git("rev-parse", "HEAD").strip();
  }

  private String git(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of("-c", "user.name=Sandbar demo", "-c", "user.email=demo@sandbar.dev"));
    command.addAll(List.of("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"));
    command.addAll(List.of(arguments));
    HostPrograms.Ended ended = HostPrograms.run(command, Map.of("GIT_CONFIG_GLOBAL", "/dev/null"));
    if (ended.exitCode() != 0) {
      throw new IOException("git " + arguments[0] + " failed: " + ended.output().strip());
    }
    return ended.output();
  }

  /** A file of {@code examples/demo}, which the build puts beside the classes. */
  static String resource(String name) {
    try (InputStream in = FleetRepository.class.getResourceAsStream("files/" + name)) {
      if (in == null) {
        throw new IllegalStateException("examples/demo/" + name + " is missing beside the classes");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
