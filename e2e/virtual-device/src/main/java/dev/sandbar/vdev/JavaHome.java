package dev.sandbar.vdev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The JDK of this machine, made visible in a device. */
final class JavaHome {
  /** The deepest links are those of {@code conf/security/policy/unlimited}. */
  private static final int DEPTH = 8;

  private JavaHome() {}

  static Path path() {
    String set = System.getenv("SANDBAR_DEVICE_JAVA_HOME");
    return Path.of(set == null || set.isBlank() ? System.getProperty("java.home") : set);
  }

  /** Debian's JDKs keep their configuration and certificates outside, behind symbolic links. */
  static List<VirtualDeviceSpec.Bind> binds(Path javaHome) {
    try {
      Path home = javaHome.toRealPath();
      Set<Path> outside = new LinkedHashSet<>();
      try (var files = Files.walk(home, DEPTH)) {
        for (Path file : (Iterable<Path>) files.filter(Files::isSymbolicLink)::iterator) {
          if (Files.exists(file)) {
            Path target = file.toRealPath();
            if (!target.startsWith(home)) {
              outside.add(target);
            }
          }
        }
      }
      var binds = new ArrayList<VirtualDeviceSpec.Bind>();
      binds.add(new VirtualDeviceSpec.Bind(home, home.toString()));
      for (Path target : outside) {
        if (outside.stream().noneMatch(o -> !o.equals(target) && target.startsWith(o))) {
          binds.add(new VirtualDeviceSpec.Bind(target, target.toString()));
        }
      }
      return List.copyOf(binds);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
