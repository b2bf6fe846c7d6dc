package dev.sandbar.vdev.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Debian packages, unpacked with all they depend on but neither installed nor configured.
 *
 * @param tree where they are unpacked
 */
record DebianPackages(Path tree) {
  private static final String SUITE = "trixie";

  /** "libc.so.6 => /usr/lib/…/libc.so.6 (0x…)", as the loader lists what it would load. */
  private static final Pattern LOADED = Pattern.compile("(?m)^\\s*(\\S+) => (/\\S+) \\(0x");

  static DebianPackages unpack(List<String> packages, Path tree) {
    extract(tree, "--include=" + String.join(",", packages));
    return new DebianPackages(tree);
  }

  /** Makes a tree with nothing in it but what the options bring. */
  static void extract(Path tree, String... options) {
    var command = new ArrayList<String>();
    command.add("mmdebstrap");
    command.add("--variant=extract");
    command.add("--format=directory");
    // A mirror that is a snapshot has release files past their date; signatures still count.
    command.add("--aptopt=Acquire::Check-Valid-Until \"false\"");
    command.add("--aptopt=Acquire::Languages \"none\"");
    command.addAll(List.of(options));
    command.add(SUITE);
    command.add(tree.toString());
    BuildTools.run(Path.of("/"), BuildTools.LIMIT, command);
  }

  /** Folders of libraries that programs find by other means than the loader's own list. */
  private static final List<String> BESIDE = List.of("blas", "lapack", "pulseaudio", "samba");

  /** Copies a program and every library that it loads into an image. */
  void copyProgram(String name, ImageTree image) throws IOException {
    image.copy(tree.resolve(name), name, 0755);
    Path libraries = only("usr/lib", 2, "libc.so.6").getParent();
    if (libraries == null) {
      throw new IllegalStateException("libc.so.6 without a directory");
    }
    Path loader = only(tree.relativize(libraries).toString(), 1, "ld-linux");
    String listing =
        BuildTools.run(
            Path.of("/"),
            BuildTools.LIMIT,
            List.of(
                loader.toString(),
                "--inhibit-cache",
                "--library-path",
                path(libraries),
                "--list",
                tree.resolve(name).toString()));
    var loaded = LOADED.matcher(listing);
    while (loaded.find()) {
      Path file = Path.of(loaded.group(2));
      // The loader itself stands on the left with the path that programs name: below /lib or
      // /lib64.
      String target =
          loaded.group(1).startsWith("/")
              ? "usr" + loaded.group(1)
              : tree.relativize(libraries.resolve(file.getFileName())).toString();
      image.copy(file, target, 0755);
    }
  }

  private static String path(Path libraries) {
    return Stream.concat(
            Stream.of(libraries),
            BESIDE.stream().map(libraries::resolve).filter(Files::isDirectory))
        .map(Path::toString)
        .collect(Collectors.joining(":"));
  }

  private Path only(String directory, int depth, String prefix) throws IOException {
    try (Stream<Path> files = Files.walk(tree.resolve(directory), depth)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .sorted()
          .findFirst()
          .orElseThrow(
              () -> new AppImageException("no " + prefix + " in the packages of " + SUITE));
    }
  }
}
