package dev.sandbar.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The C library that a Java runtime needs, out of Debian packages: shared libraries by the names
 * that programs load them by, the loader where programs look for it, and the licences.
 */
final class NativeLibraries {
  /** A JDK of Debian's links libstdc++ and zlib; others have them inside. */
  private static final List<String> PACKAGES =
      List.of("libc6", "libgcc-s1", "libstdc++6", "zlib1g");

  private NativeLibraries() {}

  /** Unpacks them below a folder; returns the files by their path in the image. */
  static Map<String, Path> unpack(Path folder, Path cache) {
    for (String name : PACKAGES) {
      DebianPackage.fetch(name, cache).unpack(folder);
    }
    var files = new TreeMap<String, Path>();
    try (var found = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) found::iterator) {
        String path = "/" + folder.relativize(file);
        if (path.startsWith("/usr/share/doc/") && path.endsWith("/copyright")) {
          put(files, path, folder, file);
        } else if (path.matches(
            "(/usr)?/lib64/ld-linux[^/]*\\.so\\.\\d+|(/usr)?/lib/ld-linux[^/]*")) {
          put(files, path.replaceFirst("^/usr", ""), folder, file);
        } else if (path.matches("(/usr)?/lib/[^/]+-linux-gnu/[^/]+\\.so\\.\\d+")) {
          put(files, path.startsWith("/usr") ? path : "/usr" + path, folder, file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (files.keySet().stream().noneMatch(f -> f.contains("/ld-linux"))) {
      throw new ImageException("the package libc6 has no loader where one is expected");
    }
    return files;
  }

  /** Links are followed within the folder, as if it were the root. */
  private static void put(Map<String, Path> files, String path, Path folder, Path file)
      throws IOException {
    Path target = file;
    for (int hops = 0; Files.isSymbolicLink(target) && hops < 8; hops++) {
      Path link = Files.readSymbolicLink(target);
      target =
          link.isAbsolute()
              ? folder.resolve(link.toString().substring(1))
              : target.resolveSibling(link);
      target = target.normalize();
    }
    if (target.startsWith(folder) && Files.isRegularFile(target)) {
      files.put(path, target);
    }
  }
}
