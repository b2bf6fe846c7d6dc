package dev.sandbar.e2e;

import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Programs of this class path in JVMs of their own, which start soon and take little. */
public final class ChildJvm {
  /** Where such a device has the class path. */
  static final String SHOWN = "/opt/classes";

  private ChildJvm() {}

  /**
   * @param flags of the JVM besides those that all have
   * @param classes its class path
   * @param program what to run, and its arguments
   */
  public static List<String> command(List<String> flags, String classes, List<String> program) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
    command.addAll(flags);
    command.addAll(List.of("-cp", classes));
    command.addAll(program);
    return List.copyOf(command);
  }

  /** Shows the JDK in a device, and this class path below /opt/classes. */
  public static VirtualDevice.Builder shown(VirtualDevice.Builder device) {
    return device.withJava().bind(ChildClasses.folder(), SHOWN);
  }

  /** That class path in such a device. */
  public static String shownClasses() {
    return ChildClasses.classPath(SHOWN);
  }

  /** What of it exists, in order. */
  static Set<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(":"))
        .map(Path::of)
        .filter(Files::exists)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
