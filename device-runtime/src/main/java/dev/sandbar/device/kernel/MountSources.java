package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Backing;
import dev.sandbar.core.attest.KernelFacts.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * By which paths the devices are known from which file systems are mounted: the links that udev has
 * made, as its own database has them, and the files behind loop devices.
 */
final class MountSources {

  private static final int LIMIT = 64 << 10;
  private static final String LINK = "S:";

  private final Path links;
  private final BackingFiles backing;

  /**
   * @param root of the device's file system
   */
  MountSources(Path root, BackingFiles backing) {
    this.links = root.resolve("run/udev/data");
    this.backing = backing;
  }

  /**
   * Reads them.
   *
   * @param places of the mounts
   * @param mounts of the device
   * @return device to paths; empty for no places
   */
  SortedMap<String, SortedSet<String>> read(Collection<String> places, List<Mount> mounts) {
    var found = new TreeMap<String, SortedSet<String>>();
    if (places.isEmpty()) {
      return found;
    }
    List<Mount> there = mounts.stream().filter(it -> places.contains(it.point())).toList();
    SortedMap<String, Backing> files = backing.of(there);
    for (Mount mount : there) {
      var paths = new TreeSet<String>();
      if (files.get(mount.device()) instanceof Backing known) {
        paths.addAll(known.files());
      }
      paths.addAll(links(mount.device()));
      found.put(mount.device(), paths);
    }
    return found;
  }

  /** As systemd-udevd(8) keeps them. */
  private SortedSet<String> links(String device) {
    var paths = new TreeSet<String>();
    try {
      ProcFile.read(links.resolve("b" + device), LIMIT)
          .lines()
          .filter(line -> line.startsWith(LINK))
          .forEach(line -> paths.add("/dev/" + line.substring(LINK.length())));
    } catch (IOException e) {
      // No block device, or no udev.
    }
    return paths;
  }
}
