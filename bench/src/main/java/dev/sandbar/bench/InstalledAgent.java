package dev.sandbar.bench;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The agent as the Debian packages of this checkout install it: its service, with their runtime.
 */
final class InstalledAgent {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String SERVICE = "sandbard.service";

  private final VirtualDevice device;

  private InstalledAgent(VirtualDevice device) {
    this.device = device;
  }

  /** Installs the packages that packaging/deb/build has left. */
  static InstalledAgent install(VirtualDevice device, Path home) throws IOException {
    for (String name : new String[] {"sandbar-java", "sandbar"}) {
      String to = "/srv/" + name + ".deb";
      device.put(newest(home.resolve("packaging/deb/target"), name), to);
      device.exec(LIMIT, "dpkg", "--install", to).orThrow();
    }
    return new InstalledAgent(device);
  }

  private static Path newest(Path folder, String name) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, name + "_*.deb")) {
      for (Path file : found) {
        return file;
      }
    }
    throw new IOException("no " + name + " in " + folder + "; run packaging/deb/build");
  }

  /** Starts it; what an earlier life reported is gone. */
  void start() throws IOException {
    Files.deleteIfExists(statusFile());
    device.exec(LIMIT, "systemctl", "start", SERVICE).orThrow();
  }

  StatusWatch watch() throws IOException {
    Files.createDirectories(device.root().resolve("run/sandbar"));
    return new StatusWatch(statusFile());
  }

  private Path statusFile() {
    return device.root().resolve("run/sandbar/status.json");
  }

  /** Its first life writes its cache. */
  void stop() {
    device.exec(LIMIT, "systemctl", "stop", SERVICE).orThrow();
  }

  /** Its process, as this machine numbers it. */
  long pid() throws IOException {
    CommandResult shown =
        device.exec("systemctl", "show", "--value", "--property=MainPID", SERVICE);
    String inside = shown.orThrow().strip();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        if (isThat(process, inside)) {
          return Long.parseLong(process.getFileName().toString());
        }
      }
    }
    throw new IOException("the agent does not run: " + inside);
  }

  /** The last number of NSpid is that in the innermost PID namespace (proc_pid_status(5)). */
  private boolean isThat(Path process, String inside) {
    try {
      Path here = Path.of("/proc", Long.toString(device.pid()), "ns/pid");
      return Files.readSymbolicLink(process.resolve("ns/pid")).equals(Files.readSymbolicLink(here))
          && Files.readAllLines(process.resolve("status")).stream()
              .filter(line -> line.startsWith("NSpid:"))
              .anyMatch(line -> line.endsWith("\t" + inside));
    } catch (IOException e) {
      // It has ended meanwhile.
      return false;
    }
  }
}
