package dev.sandbar.vdev.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The C sources of the attack probe, carried in this jar, and their compiler. */
final class ProbeSources {
  private static final List<String> UNITS =
      List.of(
          "common.c",
          "files.c",
          "ipc.c",
          "kernel.c",
          "main.c",
          "nested.c",
          "network.c",
          "process.c",
          "rights.c");
  private static final String HEADER = "probe.h";

  private ProbeSources() {}

  static Map<String, byte[]> read() {
    var sources = new TreeMap<String, byte[]>();
    var names = new ArrayList<>(UNITS);
    names.add(HEADER);
    for (String name : names) {
      try (InputStream in = ProbeSources.class.getResourceAsStream("probe/" + name)) {
        if (in == null) {
          throw new IllegalStateException("probe/" + name + " is missing beside the classes");
        }
        sources.put(name, in.readAllBytes());
      } catch (IOException e) {
        throw new AppImageException("cannot read the probe's source " + name, e);
      }
    }
    return sources;
  }

  /** Compiles the probe, static, in a directory of its own. */
  static Path compile(Path directory) throws IOException {
    for (var source : read().entrySet()) {
      Files.write(directory.resolve(source.getKey()), source.getValue());
    }
    var argv = new ArrayList<>(List.of("gcc", "-static", "-O1", "-s", "-o", "probe"));
    argv.addAll(UNITS);
    BuildTools.run(directory, BuildTools.LIMIT, argv);
    return directory.resolve("probe");
  }
}
