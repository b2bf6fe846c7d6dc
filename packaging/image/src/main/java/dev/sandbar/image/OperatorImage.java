package dev.sandbar.image;

import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FileEntry;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;

/**
 * The operator's image.
 *
 * @param operatorLibraries folder with the operator's jar and all that it needs
 * @param cache folder that keeps Debian packages between builds
 */
record OperatorImage(Path operatorLibraries, Path cache) {
  /** Of a user that no machine has anything for. */
  private static final String NOBODY = "65532:65532";

  private static final String MAIN = "dev.sandbar.operator.app.OperatorMain";
  private static final Instant THEN = Instant.EPOCH.plusSeconds(1);
  private static final FilePermissions PLAIN = FilePermissions.fromOctalString("644");
  private static final FilePermissions PROGRAM = FilePermissions.fromOctalString("755");
  private static final FilePermissions FOR_ALL = FilePermissions.fromOctalString("777");

  /**
   * Writes the image as an OCI archive.
   *
   * @param archive file to write
   * @param reference name and tag in the archive
   * @return the image's digest, {@code sha256:...}
   */
  String write(Path archive, String reference) {
    Path work = temporary();
    try {
      Path runtime = work.resolve("java");
      JavaRuntime.link(runtime);
      Path debian = Files.createDirectory(work.resolve("debian"));
      Map<String, Path> base = NativeLibraries.unpack(debian, cache);
      base.put("/etc/passwd", text(work, "passwd", "sandbar:x:65532:65532::/tmp:/none\n"));
      base.put("/etc/group", text(work, "group", "sandbar:x:65532:\n"));
      base.put("/etc/nsswitch.conf", text(work, "nsswitch.conf", "hosts: files dns\n"));
      var builder =
          Jib.fromScratch()
              .setFormat(ImageFormat.OCI)
              .setPlatforms(Set.of(platform()))
              .setCreationTime(Instant.EPOCH)
              .setUser(NOBODY)
              .setWorkingDirectory(AbsoluteUnixPath.get("/"))
              .setEnvironment(environment())
              .setExposedPorts(Port.tcp(9465), Port.tcp(9292))
              .addLabel("org.opencontainers.image.title", "sandbar-operator")
              .addLabel("org.opencontainers.image.licenses", "Apache-2.0")
              .setEntrypoint(entrypoint())
              .addFileEntriesLayer(baseLayer(base, Files.createDirectory(work.resolve("empty"))))
              .addFileEntriesLayer(layer("java", "/opt/java", tree(runtime, f -> true)))
              .addFileEntriesLayer(layer("libraries", "/opt/sandbar/lib", jars(name -> !own(name))))
              .addFileEntriesLayer(layer("operator", "/opt/sandbar/lib", jars(OperatorImage::own)));
      Files.createDirectories(parent(archive));
      return builder
          .containerize(
              Containerizer.to(TarImage.at(archive).named(reference))
                  .setOfflineMode(true)
                  .setBaseImageLayersCache(work.resolve("base-cache"))
                  .setApplicationLayersCache(work.resolve("cache")))
          .getDigest()
          .toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InvalidImageReferenceException e) {
      throw new ImageException("not a name of an image: " + reference, e);
    } catch (RegistryException | CacheDirectoryCreationException | ExecutionException e) {
      throw new ImageException("the image cannot be written: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException("interrupted while writing the image", e);
    } finally {
      delete(work);
    }
  }

  /** One arena of the allocator: one for each of many threads would hold what nobody uses. */
  private static Map<String, String> environment() {
    return Map.of("LANG", "C.UTF-8", "JAVA_HOME", "/opt/java", "MALLOC_ARENA_MAX", "1");
  }

  /**
   * The heap follows the memory limit of the container, so that one number is set and not two; the
   * workers that read repositories have the same limit of their own in each container. A full heap
   * ends the process, to be started anew, instead of a crawl.
   */
  private static List<String> entrypoint() {
    return List.of(
        "/opt/java/bin/java",
        "-XX:+UseSerialGC",
        "-XX:MaxRAMPercentage=18.75",
        "-XX:InitialRAMPercentage=6",
        "-Xmn24m",
        "-XX:SurvivorRatio=4",
        "-Xss512k",
        "-XX:MinHeapFreeRatio=10",
        "-XX:MaxHeapFreeRatio=30",
        "-XX:+UseCompactObjectHeaders",
        "-XX:+UseStringDeduplication",
        "-XX:TieredStopAtLevel=1",
        "-XX:MaxMetaspaceSize=96m",
        "-XX:ReservedCodeCacheSize=32m",
        "-XX:TrimNativeHeapInterval=10000",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-cp",
        "/opt/sandbar/lib/*",
        MAIN);
  }

  private static FileEntriesLayer baseLayer(Map<String, Path> files, Path empty) {
    var layer = FileEntriesLayer.builder().setName("base");
    // Where volumes are mounted in a cluster; without one they can be written to.
    for (String directory : List.of("/tmp", "/var/cache/sandbar-operator")) {
      layer.addEntry(new FileEntry(empty, AbsoluteUnixPath.get(directory), FOR_ALL, THEN));
    }
    files.forEach(
        (path, file) ->
            layer.addEntry(
                new FileEntry(
                    file,
                    AbsoluteUnixPath.get(path),
                    path.contains("/ld-linux") ? PROGRAM : PLAIN,
                    THEN)));
    return layer.build();
  }

  private static FileEntriesLayer layer(String name, String root, Map<String, Path> files) {
    var layer = FileEntriesLayer.builder().setName(name);
    files.forEach(
        (path, file) ->
            layer.addEntry(
                new FileEntry(
                    file,
                    AbsoluteUnixPath.get(root + "/" + path),
                    Files.isExecutable(file) && !path.endsWith(".jar") ? PROGRAM : PLAIN,
                    THEN)));
    return layer.build();
  }

  private Map<String, Path> jars(Predicate<String> wanted) throws IOException {
    return tree(operatorLibraries, name -> name.endsWith(".jar") && wanted.test(name));
  }

  private static boolean own(String name) {
    return name.startsWith("sandbar-");
  }

  /** The files below a folder by their path in it, in order. */
  private static Map<String, Path> tree(Path folder, Predicate<String> wanted) throws IOException {
    var files = new TreeMap<String, Path>();
    try (var found = Files.walk(folder)) {
      found
          .filter(Files::isRegularFile)
          .filter(file -> wanted.test(folder.relativize(file).toString()))
          .forEach(file -> files.put(folder.relativize(file).toString(), file));
    }
    if (files.isEmpty()) {
      throw new ImageException(folder + " is empty: mvn package -pl reconciler/operator -am");
    }
    return files;
  }

  private static Platform platform() {
    return new Platform(
        System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64", "linux");
  }

  private static Path text(Path work, String name, String content) throws IOException {
    return Files.writeString(work.resolve(name), content);
  }

  private static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? Path.of("/") : parent;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("sandbar-image");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
