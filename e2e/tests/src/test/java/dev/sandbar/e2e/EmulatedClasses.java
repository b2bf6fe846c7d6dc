package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * The classes of the agent for an emulated device. To load them there takes a minute, so they come
 * with an ahead-of-time cache: from an agent that looked after a virtual device for a moment, whose
 * machine is as fast as this one.
 */
public final class EmulatedClasses {
  private static final String CACHE = "agent.aot";
  private static final String RECORDED = "/var/lib/sandbar/" + CACHE;

  private static final Path LAUNCHER = Path.of("../../sandbar");

  /** By which the launcher keeps out of the cache what runs on no other processor. */
  private static final List<String> WITHOUT_CODE =
      List.of("-XX:-AOTAdapterCaching", "-XX:-AOTStubCaching");

  private EmulatedClasses() {}

  /**
   * Collects the classes of this class path in a folder.
   *
   * @param folder where to
   * @param place where devices show that folder
   * @return how to start the command line in the device
   */
  public static List<String> prepare(Path folder, String place) throws IOException {
    var entries = new ArrayList<String>();
    for (Path entry : ChildJvm.classPath()) {
      String name = entries.size() + "-" + entry.getFileName();
      if (Files.isDirectory(entry)) {
        name += ".jar";
        // Caches are of jars alone.
        int code =
            ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(
                    System.out,
                    System.err,
                    "--create",
                    "--no-compress",
                    "--file=" + folder.resolve(name),
                    "-C",
                    entry.toString(),
                    ".");
        assertThat(code).as(entry.toString()).isZero();
      } else {
        Files.copy(entry, folder.resolve(name));
      }
      entries.add(place + "/" + name);
    }
    record(folder, place, java("-XX:AOTCacheOutput=" + RECORDED, entries));
    return java("-XX:AOTCache=" + place + "/" + CACHE, entries);
  }

  /** The unit of an agent. */
  static String service(List<String> java, String options) {
    return """
        [Service]
        Type=notify
        NotifyAccess=main
        TimeoutStartSec=10min
        TimeoutStopSec=2min
        RuntimeDirectory=sandbar
        StateDirectory=sandbar
        ExecStart=%s agent %s
        """
        .formatted(String.join(" ", java), options);
  }

  private static void record(Path folder, String place, List<String> java) throws IOException {
    Path fleet = folder.resolveSibling("recorded");
    GitRepository.create(fleet).commit("sleeper.yaml", Apps.waiting("sleeper"));
    try (VirtualDevice device =
        VirtualDevice.named("recorder")
            .suite(Suite.FORKY)
            .withJava()
            .bind(folder, place)
            .bind(fleet, "/srv/fleet")
            .boot()) {
      device.write(
          "/etc/systemd/system/sandbard.service",
          service(java, "--git file:///srv/fleet --interval 1s"));
      device.exec(Duration.ofMinutes(1), "systemctl", "start", "sandbard.service").orThrow();
      Apps.awaitReady((Reported) () -> device, "sleeper");
      device.exec(Duration.ofMinutes(2), "systemctl", "stop", "sandbard.service").orThrow();
      Files.write(folder.resolve(CACHE), device.get(RECORDED));
    }
  }

  private static List<String> java(String cache, List<String> entries) throws IOException {
    assertThat(Files.readString(LAUNCHER)).contains(WITHOUT_CODE);
    var flags = new ArrayList<>(List.of("-XX:-UsePerfData", "-Xmx64m"));
    flags.add("-XX:+UnlockDiagnosticVMOptions");
    flags.addAll(WITHOUT_CODE);
    flags.addAll(List.of(cache, "-Xlog:aot=off", "-Xlog:cds=off"));
    return ChildJvm.command(flags, String.join(":", entries), List.of("dev.sandbar.cli.Main"));
  }
}
