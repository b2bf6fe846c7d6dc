package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A folder with the programs of a control plane, in the layout of envtest.
 *
 * @param folder holds {@code etcd}, {@code kube-apiserver}, {@code kubectl} and perhaps {@code
 *     kube-controller-manager}
 */
record Binaries(Path folder) {
  private static final List<String> NEEDED = List.of("etcd", "kube-apiserver", "kubectl");
  private static final String HELP =
      "Build them once with e2e/api-server/tools/build (needs Go, about five minutes), or let"
          + " KUBEBUILDER_ASSETS name a folder that has them";

  /**
   * Finds the programs: in the folder that the environment variable KUBEBUILDER_ASSETS names, or
   * the newest in the cache.
   *
   * @throws ApiServerException if they are not there; says how to fix it
   */
  static Binaries find() {
    String assets = System.getenv("KUBEBUILDER_ASSETS");
    if (assets != null && !assets.isBlank()) {
      var binaries = new Binaries(Path.of(assets).toAbsolutePath());
      if (!binaries.complete()) {
        throw new ApiServerException(
            "KUBEBUILDER_ASSETS is %s, which lacks one of %s"
                .formatted(assets, String.join(", ", NEEDED)));
      }
      return binaries;
    }
    Path cache = cache();
    return newest(cache)
        .orElseThrow(
            () ->
                new ApiServerException(
                    "no Kubernetes programs (%s) in %s. %s"
                        .formatted(String.join(", ", NEEDED), cache, HELP)));
  }

  private static Path cache() {
    String set = System.getenv("SANDBAR_CACHE");
    return Path.of(set == null || set.isBlank() ? "/var/cache/sandbar" : set)
        .toAbsolutePath()
        .resolve("kube/k8s");
  }

  private static Optional<Binaries> newest(Path cache) {
    if (!Files.isDirectory(cache)) {
      return Optional.empty();
    }
    String machine = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    try (var folders = Files.list(cache)) {
      return folders
          .filter(f -> name(f).matches("[0-9]+\\.[0-9]+\\.[0-9]+-linux-" + machine))
          .map(Binaries::new)
          .filter(Binaries::complete)
          .max(Comparator.comparing(Binaries::version, Arrays::compare));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path folder) {
    return String.valueOf(folder.getFileName());
  }

  private int[] version() {
    String version = name(folder).substring(0, name(folder).indexOf('-'));
    return Arrays.stream(version.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private boolean complete() {
    return NEEDED.stream().allMatch(name -> Files.isExecutable(folder.resolve(name)));
  }

  boolean hasControllerManager() {
    return Files.isExecutable(folder.resolve("kube-controller-manager"));
  }

  String program(String name) {
    return folder.resolve(name).toString();
  }
}
