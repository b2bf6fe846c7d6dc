package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Backing;
import dev.sandbar.core.attest.KernelFacts.Mount;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The files behind block devices that are mounted, as sysfs(5) has them: of loop devices, and of
 * devices of dm-verity over loop devices (the kernel's {@code Documentation/ABI/testing}, {@code
 * sysfs-block-loop} and {@code sysfs-block-dm}).
 */
final class BackingFiles {

  private static final String LOOP = "7:";

  /** File systems without a device of their own. */
  private static final String NONE = "0:";

  /** Before the UUID of the superblock and the name (libdevmapper, libcryptsetup). */
  private static final String VERITY = "CRYPT-VERITY-";

  /** What systemd calls a device of dm-verity: after the root hash that it was made with. */
  private static final Pattern NAMED = Pattern.compile("[0-9a-f]{64}-verity");

  private static final int LINE_LIMIT = 8192;

  private final Path devices;

  /**
   * @param devices {@code /sys/dev/block}
   */
  BackingFiles(Path devices) {
    this.devices = devices;
  }

  /** Of all of these mounts that have any, by {@code MAJOR:MINOR}. */
  SortedMap<String, Backing> of(List<Mount> mounts) {
    var all = new TreeMap<String, Backing>();
    for (Mount mount : mounts) {
      String device = mount.device();
      if (device.startsWith(LOOP)) {
        file(devices.resolve(device)).ifPresent(it -> all.put(device, Backing.file(it)));
      } else if (mount.point().equals("/") && !device.startsWith(NONE)) {
        verity(devices.resolve(device)).ifPresent(it -> all.put(device, it));
      }
    }
    return all;
  }

  private static Optional<Backing> verity(Path device) {
    try {
      if (!ProcFile.read(device.resolve("dm/uuid"), LINE_LIMIT).startsWith(VERITY)) {
        return Optional.empty();
      }
      var files = new TreeSet<String>();
      try (DirectoryStream<Path> below = Files.newDirectoryStream(device.resolve("slaves"))) {
        below.forEach(it -> file(it).ifPresent(files::add));
      }
      String name = ProcFile.read(device.resolve("dm/name"), LINE_LIMIT).strip();
      return Optional.of(
          new Backing(files, true, NAMED.matcher(name).matches() ? name.substring(0, 64) : ""));
    } catch (IOException | DirectoryIteratorException e) {
      // No device of the device mapper, or removed meanwhile.
      return Optional.empty();
    }
  }

  private static Optional<String> file(Path device) {
    try {
      return Optional.of(
          ProcFile.read(device.resolve("loop/backing_file"), LINE_LIMIT).stripTrailing());
    } catch (IOException e) {
      // Detached meanwhile, or partitioned.
      return Optional.empty();
    }
  }
}
