package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What this machine lacks for virtual devices. */
public final class Prerequisites {
  private static volatile boolean bootable;

  private Prerequisites() {}

  /**
   * Something that is missing.
   *
   * @param what what is missing and what needs it
   * @param help what to do about it
   * @param packages Debian packages that bring it, empty if no package does
   */
  public record Lack(String what, String help, List<String> packages) {
    @Override
    public String toString() {
      return what + ". " + help;
    }
  }

  record Program(String name, String debianPackage) {
    boolean missing() {
      return Stream.of(Commands.PATH.split(":", -1))
          .noneMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    Lack lack() {
      return new Lack(
          "The program " + name + " is missing",
          "Install it: apt-get install " + debianPackage,
          List.of(debianPackage));
    }
  }

  private static final List<Program> FOR_BOOT =
      List.of(
          new Program("unshare", "util-linux"),
          new Program("nsenter", "util-linux"),
          new Program("setsid", "util-linux"),
          new Program("mountpoint", "util-linux"),
          new Program("mount", "mount"),
          new Program("losetup", "mount"),
          new Program("ip", "iproute2"));

  /**
   * Returns what this machine lacks to boot devices of these suites, empty if nothing. The right to
   * make namespaces and overlay mounts is tried, not guessed.
   */
  public static List<Lack> missing(Suite... suites) {
    if (!root()) {
      return List.of(notRoot());
    }
    var lacks = new ArrayList<Lack>(programs(FOR_BOOT));
    if (!Stream.of(suites).allMatch(DeviceRoots::cached)) {
      lacks.addAll(forRoots());
    }
    lacks.addAll(kernel());
    return List.copyOf(lacks);
  }

  /**
   * Installs, with apt-get, the Debian packages that {@link #missing} names.
   *
   * @return what is still missing then
   */
  public static List<Lack> install(Consumer<String> progress, Suite... suites) {
    List<Lack> lacks = missing(suites);
    List<String> packages =
        lacks.stream().flatMap(lack -> lack.packages().stream()).distinct().toList();
    if (packages.isEmpty()) {
      return lacks;
    }
    progress.accept("installing " + String.join(" ", packages));
    apt(List.of("update"));
    var argv = new ArrayList<>(List.of("install", "-y", "--no-install-recommends"));
    argv.addAll(packages);
    apt(argv);
    return missing(suites);
  }

  /** Throws with all that is missing to boot from cached roots; looks only until nothing is. */
  static void requireForBoot() {
    if (!bootable) {
      require(missing());
      bootable = true;
    }
  }

  static List<Lack> forRoots() {
    return root() ? programs(List.of(new Program("mmdebstrap", "mmdebstrap"))) : List.of(notRoot());
  }

  /** What this machine lacks to emulate devices, with a kernel of their own. */
  static List<Lack> forEmulation() {
    return root()
        ? programs(
            List.of(
                new Program("mmdebstrap", "mmdebstrap"),
                new Program("qemu-system-x86_64", "qemu-system-x86"),
                new Program("swtpm", "swtpm"),
                new Program("mkfs.ext4", "e2fsprogs"),
                new Program("xz", "xz-utils")))
        : List.of(notRoot());
  }

  /** Throws with all that is missing, if anything is. */
  static void require(List<Lack> lacks) {
    if (!lacks.isEmpty()) {
      throw new VirtualDeviceException(
          lacks.stream()
              .map(lack -> "\n  - " + lack)
              .collect(Collectors.joining("", "This machine cannot run virtual devices:", "")));
    }
  }

  private static void apt(List<String> arguments) {
    var argv = new ArrayList<>(List.of("apt-get", "-q"));
    argv.addAll(arguments);
    Commands.run(
            argv,
            Map.of("DEBIAN_FRONTEND", "noninteractive"),
            InputStream.nullInputStream(),
            1 << 20,
            Duration.ofMinutes(10))
        .text()
        .orThrow();
  }

  static List<Lack> programs(List<Program> programs) {
    return programs.stream().filter(Program::missing).map(Program::lack).distinct().toList();
  }

  private static List<Lack> kernel() {
    var lacks = new ArrayList<Lack>();
    if (DevicePlaces.cgroup2Mount().isEmpty()) {
      lacks.add(
          new Lack(
              "No cgroup2 hierarchy is mounted, which systemd needs",
              "Mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2"
                  + " /sys/fs/cgroup/unified",
              List.of()));
    }
    if (!Files.exists(Path.of("/dev/loop-control"))) {
      lacks.add(
          new Lack(
              "There is no /dev/loop-control, so no image can be mounted",
              "Load the module: modprobe loop. In a container, pass the device in",
              List.of()));
    }
    String refusal = tryNamespaces();
    if (!refusal.isEmpty()) {
      lacks.add(
          new Lack(
              "The kernel refuses new namespaces with an overlay mount in them (" + refusal + ")",
              "In a container, run it privileged. If the cache lies on an overlay, set SANDBAR_CACHE"
                  + " to a directory on a disk or a tmpfs",
              List.of()));
    }
    return lacks;
  }

  private static String tryNamespaces() {
    try {
      Path disks = DevicePlaces.cacheDirectory().resolve("disks");
      Files.createDirectories(disks);
      Path trial = Files.createTempDirectory(disks, ".trial");
      String script =
          "set -e; cd \"$0\"; mkdir a b c d; mount -t overlay"
              + " -o lowerdir=a,upperdir=b,workdir=c overlay d; echo > d/x";
      try {
        CommandResult result =
            Commands.run(
                    List.of(
                        "unshare",
                        "--mount",
                        "--pid",
                        "--net",
                        "--ipc",
                        "--uts",
                        "--cgroup",
                        "--fork",
                        "sh",
                        "-c",
                        script,
                        trial.toString()),
                    Map.of(),
                    InputStream.nullInputStream(),
                    4096,
                    Duration.ofSeconds(20))
                .text();
        return result.ok() ? "" : result.stderr().strip().replace('\n', ' ');
      } finally {
        Commands.run(
            List.of("rm", "-rf", "--one-file-system", trial.toString()),
            Map.of(),
            InputStream.nullInputStream(),
            4096,
            Duration.ofSeconds(20));
      }
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static boolean root() {
    try {
      Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return uid.equals(0);
    } catch (IOException e) {
      return false;
    }
  }

  private static Lack notRoot() {
    return new Lack(
        "You are not root, and only root may make namespaces, mounts and loop devices",
        "Run the same command as root, for example with sudo",
        List.of());
  }
}
