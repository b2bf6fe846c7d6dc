package dev.sandbar.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A Java runtime of the modules that the operator needs, made by jlink. */
final class JavaRuntime {
  /**
   * What jdeps names for the operator's jars, less what they do without (java.desktop, java.rmi,
   * java.sql: Jackson and SnakeYAML look for beans and SQL types by reflection), and more: naming
   * for TLS, XML for Git.
   */
  private static final List<String> MODULES =
      List.of(
          "java.base",
          "java.logging",
          "java.management",
          "java.naming",
          "java.net.http",
          "java.security.jgss",
          "java.xml",
          "jdk.httpserver",
          "jdk.management",
          "jdk.unsupported");

  private JavaRuntime() {}

  /** Makes it in a folder that does not exist yet, from the JDK that runs this. */
  static void link(Path folder) {
    Path jdk = Path.of(System.getProperty("java.home"));
    Path jlink = jdk.resolve("bin/jlink");
    if (!Files.isExecutable(jlink)) {
      throw new ImageException(
          jdk + " has no jlink; use a whole JDK 25: apt-get install openjdk-25-jdk-headless");
    }
    Programs.run(
        folder.toAbsolutePath().getRoot(),
        List.of(
            jlink.toString(),
            "--add-modules",
            String.join(",", MODULES),
            "--strip-java-debug-attributes",
            // Those of Debian's JDK are 700 MB.
            "--exclude-files=**.debuginfo",
            "--no-man-pages",
            "--no-header-files",
            "--output",
            folder.toString()));
    authorities(jdk, folder);
  }

  /** Debian's JDKs keep the certificate authorities outside, behind a symbolic link. */
  private static void authorities(Path jdk, Path folder) {
    Path wanted = folder.resolve("lib/security/cacerts");
    Path known = jdk.resolve("lib/security/cacerts");
    try {
      if (!Files.isRegularFile(wanted) || Files.size(wanted) == 0) {
        Files.deleteIfExists(wanted);
        Files.copy(known.toRealPath(), wanted, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
