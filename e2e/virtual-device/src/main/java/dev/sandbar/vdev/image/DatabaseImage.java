package dev.sandbar.vdev.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL of Debian with what {@code initdb} makes a database from, and a shell, which it runs
 * programs by.
 */
final class DatabaseImage {
  static final List<String> PACKAGES = List.of("busybox-static", "postgresql-17", "tzdata");

  private static final String HOME = "usr/lib/postgresql/17/";
  private static final String TEXTS = "usr/share/postgresql/17";

  /** Libraries that it loads when a database is made. */
  private static final List<String> LOADED = List.of("lib/dict_snowball.so", "lib/plpgsql.so");

  private DatabaseImage() {}

  static void fill(Path work, ImageTree tree) throws IOException {
    var packages = DebianPackages.unpack(PACKAGES, work.resolve("debian"));
    for (String program : List.of("bin/initdb", "bin/postgres")) {
      packages.copyProgram(HOME + program, tree);
    }
    for (String library : LOADED) {
      packages.copyProgram(HOME + library, tree);
    }
    try (Stream<Path> files = Files.walk(packages.tree().resolve(TEXTS))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        tree.copy(file, packages.tree().relativize(file).toString(), 0644);
      }
    }
    String zone = "usr/share/zoneinfo/Etc/UTC";
    tree.copy(packages.tree().resolve(zone), zone, 0644);
    tree.copy(packages.tree().resolve(zone), "usr/share/zoneinfo/UTC", 0644);
    tree.copy(packages.tree().resolve("usr/bin/busybox"), "usr/bin/busybox", 0755);
    for (String applet : List.of("sh", "mv", "rm", "sync")) {
      tree.link("usr/bin/" + applet, "busybox");
    }
  }
}
