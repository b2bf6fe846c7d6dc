package dev.sandbar.playground.demo;

import dev.sandbar.cli.Main;
import dev.sandbar.vdev.VirtualDevice;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;
import java.util.regex.Matcher;

/**
 * The agent as it is shipped, to run inside a device: this program's own class path, shown there
 * read-only.
 */
final class AgentProgram {
  static final String UNIT = "sandbard.service";
  private static final String PLACE = "/usr/share/sandbar/lib";

  /** As the launcher script starts an agent. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xss256k",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseCompactObjectHeaders",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED",
          "-Xms8m",
          "-Xmx32m",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=info");

  private final SequencedMap<Path, String> places;
  private final String classPath;

  private AgentProgram(SequencedMap<Path, String> places, String classPath) {
    this.places = places;
    this.classPath = classPath;
  }

  /** This very program. */
  static AgentProgram ofThisProcess() {
    Path home = home();
    if (Files.isRegularFile(home)) {
      Path lib = home.resolveSibling("");
      return new AgentProgram(new LinkedHashMap<>(Map.of(lib, PLACE)), PLACE + "/*");
    }
    // Started from a build that has not packaged it yet.
    var places = new LinkedHashMap<Path, String>();
    var classPath = new StringJoiner(":");
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.exists(path)) {
        String place = PLACE + "/" + places.size() + (Files.isDirectory(path) ? "" : ".jar");
        places.put(path, place);
        classPath.add(place);
      }
    }
    return new AgentProgram(places, classPath.toString());
  }

  private static Path home() {
    try {
      return Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Shows it in a device that is being made. */
  void bind(VirtualDevice.Builder device) {
    places.forEach(device::bind);
    device.withJava();
  }

  /**
   * The unit that is shipped, with this program in it, following a repository of the device's own
   * disk.
   */
  String unit(String repository) {
    String java = Path.of(System.getProperty("java.home")).resolve("bin/java").toString();
    String start =
        "ExecStart=%s %s -cp %s dev.sandbar.cli.Main agent --git file://%s --interval 1s"
            .formatted(java, String.join(" ", FLAGS), classPath, repository);
    return FleetRepository.resource(UNIT)
        .replaceFirst("(?m)^ExecStart=.*$", Matcher.quoteReplacement(start));
  }
}
