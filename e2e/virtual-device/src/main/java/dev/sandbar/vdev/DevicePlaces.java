package dev.sandbar.vdev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where virtual devices keep what they need.
 *
 * @param cache roots and disks, kept across runs, outside any checkout
 * @param run entries of devices and networks that exist now
 * @param cgroup parent of all their cgroups, in the cgroup2 hierarchy
 */
record DevicePlaces(Path cache, Path run, Path cgroup) {

  static DevicePlaces ofThisMachine() {
    Path mount =
        cgroup2Mount()
            .orElseThrow(
                () ->
                    new VirtualDeviceException(
                        "no cgroup2 hierarchy is mounted. Mount one: mkdir -p /sys/fs/cgroup/unified"
                            + " && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"));
    return new DevicePlaces(cacheDirectory(), Path.of("/run/sandbar"), mount.resolve("sandbar"));
  }

  static Path cacheDirectory() {
    String set = System.getenv("SANDBAR_CACHE");
    Path cache =
        Path.of(set == null || set.isBlank() ? "/var/cache/sandbar" : set)
            .toAbsolutePath()
            .normalize();
    if (!cache.toString().matches("[A-Za-z0-9/._+-]+")) {
      throw new VirtualDeviceException(
          "SANDBAR_CACHE is "
              + cache
              + ": overlay mounts need a path of letters, digits and / . _ + - only");
    }
    return cache;
  }

  static Optional<Path> cgroup2Mount() {
    try (var lines = Files.lines(Path.of("/proc/mounts"))) {
      return lines
          .map(line -> line.split(" ", -1))
          .filter(field -> field.length > 2 && field[2].equals("cgroup2"))
          .map(field -> Path.of(field[1]))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path roots() {
    return cache.resolve("roots");
  }

  Path disks() {
    return cache.resolve("disks");
  }

  Path entries(Kind kind) {
    return run.resolve(kind.directory);
  }

  Path cgroupOf(Kind kind, String id) {
    return cgroup.resolve(kind.directory + "." + id);
  }

  /** What has an entry and a cgroup. */
  enum Kind {
    DEVICE("devices"),
    NETWORK("networks");

    final String directory;

    Kind(String directory) {
      this.directory = directory;
    }
  }
}
