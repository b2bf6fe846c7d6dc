package dev.sandbar.vdev;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The Debian roots that virtual devices boot from, built once with mmdebstrap and kept in {@code
 * $SANDBAR_CACHE} (default {@code /var/cache/sandbar}).
 */
public final class DeviceRoots {
  /** What every device has beyond Debian's essential packages. Apps come as images. */
  static final List<String> PACKAGES =
      List.of(
          "systemd",
          "systemd-sysv",
          // Runs only in a device whose /sys is writable, VirtualDevice.Builder.hotplug().
          "udev",
          "dbus",
          "libseccomp2",
          "libnss-systemd",
          "libcryptsetup12",
          "iproute2",
          "procps",
          "nftables",
          "busybox-static",
          "xdg-dbus-proxy",
          "dbus-broker");

  /** Units that cannot work in a namespace container; they would leave the device degraded. */
  private static final List<String> MASKED =
      List.of("console-getty.service", "systemd-modules-load.service");

  private static final int RECIPE = 1;
  private static final int LOOPS = 256;
  private static final Object ONE_BUILD = new Object();

  private DeviceRoots() {}

  /**
   * A cached root.
   *
   * @param tree the Debian root, never written to
   * @param nodes what a device's {@code /dev} begins with
   */
  record Root(Path tree, Path nodes) {}

  /** Tells whether devices of this suite can boot without a download. */
  public static boolean cached(Suite suite) {
    return Files.isDirectory(directory(suite));
  }

  /**
   * Builds the root of a suite unless it is cached already: about half a minute, over the network.
   * Builds that run at the same time, also in other processes, wait for each other.
   *
   * @param progress told what goes on, a line at a time; never called when the root is cached
   * @throws VirtualDeviceException if it cannot be built; tells what is missing
   */
  public static void ensure(Suite suite, Consumer<String> progress) {
    root(suite, progress);
  }

  static Root root(Suite suite, Consumer<String> progress) {
    Path done = directory(suite);
    if (!Files.isDirectory(done)) {
      build(suite, done, progress);
    }
    return new Root(done.resolve("tree"), nodes());
  }

  private static Path directory(Suite suite) {
    var crc = new CRC32();
    crc.update((PACKAGES + " " + MASKED + RECIPE).getBytes(StandardCharsets.UTF_8));
    return DevicePlaces.cacheDirectory()
        .resolve("roots")
        .resolve(suite.codename() + "-" + HexFormat.of().toHexDigits((int) crc.getValue()));
  }

  private static void build(Suite suite, Path done, Consumer<String> progress) {
    Prerequisites.require(Prerequisites.forRoots());
    Path roots = DevicePlaces.cacheDirectory().resolve("roots");
    Launcher.createPrivate(roots);
    synchronized (ONE_BUILD) {
      try (var channel =
              FileChannel.open(
                  roots.resolve("." + suite.codename() + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          var lock = channel.lock()) {
        if (!lock.isValid() || Files.isDirectory(done)) {
          return;
        }
        Path fresh = roots.resolve(".building-" + suite.codename());
        delete(fresh);
        Files.createDirectory(fresh);
        try {
          progress.accept("building the " + suite.codename() + " root, about half a minute");
          debootstrap(suite, "minbase", PACKAGES, fresh.resolve("tree"), progress);
          adapt(fresh.resolve("tree"));
          Files.move(fresh, done, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          delete(fresh);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static void debootstrap(
      Suite suite, String variant, List<String> packages, Path tree, Consumer<String> progress)
      throws IOException {
    var argv =
        new ArrayList<>(
            List.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=" + variant,
                "--format=directory",
                // A mirror that is a snapshot has release files past their date; signatures still
                // count.
                "--aptopt=Acquire::Check-Valid-Until \"false\"",
                "--aptopt=Acquire::Languages \"none\"",
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                "--include=" + String.join(",", packages)));
    argv.add(suite.codename());
    argv.add(tree.toString());
    var builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    var last = new ArrayDeque<String>();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("I: ")) {
          progress.accept(suite.codename() + ": " + line.substring(3).strip());
        }
        last.addLast(line);
        if (last.size() > 25) {
          last.removeFirst();
        }
      }
      if (process.waitFor() != 0) {
        throw new VirtualDeviceException(
            "mmdebstrap could not build the %s root (exit code %d). It needs a Debian mirror: check the network and apt's proxy. Its last words:\n%s"
                .formatted(suite.codename(), process.exitValue(), String.join("\n", last)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VirtualDeviceException("interrupted while building a device root", e);
    } finally {
      process.destroy();
    }
  }

  private static void adapt(Path tree) throws IOException {
    for (String unit : MASKED) {
      Path link = tree.resolve("etc/systemd/system").resolve(unit);
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, Path.of("/dev/null"));
    }
    // The daemon is the system bus unless a test wants the broker.
    Files.deleteIfExists(tree.resolve("etc/systemd/system/dbus.service"));
    // Each device gets an identity of its own when it first boots.
    for (String file : List.of("etc/machine-id", "etc/resolv.conf", "etc/hostname")) {
      Files.deleteIfExists(tree.resolve(file));
      Files.createFile(tree.resolve(file));
    }
    Files.deleteIfExists(tree.resolve("var/lib/dbus/machine-id"));
  }

  /** The same for all suites; the name changes with the content. */
  private static Path nodes() {
    Path done = DevicePlaces.cacheDirectory().resolve("roots").resolve("nodes-" + LOOPS);
    synchronized (ONE_BUILD) {
      if (!Files.isDirectory(done)) {
        try {
          Path fresh = Files.createTempDirectory(done.resolveSibling("."), ".nodes");
          makeNodes(fresh);
          // Another process that was quicker made the same.
          quietly("mv", "--no-clobber", "--no-target-directory", fresh.toString(), done.toString());
          delete(fresh);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return done;
  }

  private static void makeNodes(Path nodes) throws IOException {
    for (String node :
        List.of("null 1 3", "zero 1 5", "full 1 7", "random 1 8", "urandom 1 9", "tty 5 0")) {
      makeNode(nodes, node, "c", "666");
    }
    // Nobody reads a device's console: what systemd says there is in its journal too.
    makeNode(nodes, "console 1 3", "c", "600");
    makeNode(nodes, "loop-control 10 237", "c", "600");
    // udev does not run in a device, so nodes for all loop devices must stand there beforehand.
    var script = "for i in $(seq 0 $1); do mknod -m 660 \"$0/loop$i\" b 7 $i; done";
    quietly("sh", "-c", script, nodes.toString(), Integer.toString(LOOPS - 1));
    Map<String, String> links =
        Map.of(
            "ptmx", "pts/ptmx",
            "fd", "/proc/self/fd",
            "stdin", "/proc/self/fd/0",
            "stdout", "/proc/self/fd/1",
            "stderr", "/proc/self/fd/2");
    for (var link : links.entrySet()) {
      Files.createSymbolicLink(nodes.resolve(link.getKey()), Path.of(link.getValue()));
    }
  }

  private static void makeNode(Path nodes, String node, String type, String mode) {
    String[] part = node.split(" ", -1);
    String path = nodes.resolve(part[0]).toString();
    quietly("mknod", "-m", mode, path, type, part[1], part[2]);
  }

  /** A build that was killed has left its mounts behind. */
  static void delete(Path directory) {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      mounts
          .map(line -> line.split(" ", -1)[1])
          .filter(place -> place.startsWith(directory + "/"))
          .sorted(Comparator.reverseOrder())
          .forEach(place -> quietly("umount", place));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    quietly("rm", "-rf", "--one-file-system", directory.toString());
  }

  private static void quietly(String... argv) {
    Commands.run(
            List.of(argv), Map.of(), InputStream.nullInputStream(), 65536, Duration.ofMinutes(1))
        .text()
        .orThrow();
  }
}
