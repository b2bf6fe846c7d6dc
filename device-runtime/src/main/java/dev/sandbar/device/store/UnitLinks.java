package dev.sandbar.device.store;

import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.UnitFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Links in the load path that change when a unit of an app starts, or under which names: in
 * directories such as {@code multi-user.target.wants}, and aliases (systemd.unit(5)). The links
 * that Sandbar itself has made are not among them.
 *
 * <p>Safe for use by many threads.
 */
final class UnitLinks {

  private static final String OURS = "sandbar-";
  private static final String SERVICE = ".service";

  /** The link that starts an app at boot. */
  private static final String OWN = UnitDirectories.OWN + "/" + UnitName.TARGET + ".wants/";

  private static final String WANTS = ".wants";

  private static final String HARDWARE = UnitDirectories.OWN + "/dev-sandbar-";

  private final Function<String, Path> onDisk;

  /** Aliases of each directory: hundreds of names are not asked again while nothing changed. */
  private final Map<String, Aliases> aliases = new HashMap<>();

  /**
   * @param changed when the directory was, as the kernel has it; nobody can set that
   */
  private record Aliases(Object changed, Set<String> names, Map<String, String> targets) {}

  /**
   * @param onDisk a path of the device as this process can open it
   */
  UnitLinks(Function<String, Path> onDisk) {
    this.onDisk = onDisk;
  }

  /**
   * All such links, by the name of the unit.
   *
   * @param entries names in each directory of the load path
   */
  synchronized SortedMap<String, List<ObservedUnit.File>> of(Map<String, Set<String>> entries) {
    var found = new TreeMap<String, List<ObservedUnit.File>>();
    entries.forEach(
        (directory, names) -> {
          for (String name : new TreeSet<>(names)) {
            if (UnitFiles.DEPENDENCIES.stream().anyMatch(name::endsWith)) {
              dependencies(directory + "/" + name, found);
            }
          }
          aliases(directory, names)
              .forEach((name, target) -> add(found, last(target), directory + "/" + name, target));
        });
    return found;
  }

  private void dependencies(String directory, Map<String, List<ObservedUnit.File>> found) {
    String owner = last(directory).replaceFirst("\\.[a-z]+$", "");
    String[] names = onDisk.apply(directory).toFile().list();
    for (String name : names == null ? Set.<String>of() : new TreeSet<>(List.of(names))) {
      String path = directory + "/" + name;
      if (isOurs(name) && !path.equals(OWN + name) && !isOfHardware(directory)) {
        add(found, name, path, target(path));
      }
      if (isOurs(owner)) {
        add(found, owner, path, target(path));
      }
    }
  }

  /** Links that start apps when the hardware comes, or the file system, that they name. */
  private static boolean isOfHardware(String directory) {
    return (directory.startsWith(HARDWARE) && directory.endsWith(".device.wants"))
        || (directory.startsWith(UnitDirectories.OWN + "/")
            && directory.endsWith(WANTS)
            && MountUnit.isOwn(last(directory.substring(0, directory.length() - WANTS.length()))));
  }

  private Map<String, String> aliases(String directory, Set<String> names) {
    if (names.isEmpty()) {
      return Map.of();
    }
    try {
      Object changed =
          Files.getAttribute(onDisk.apply(directory), "unix:ctime", LinkOption.NOFOLLOW_LINKS);
      Aliases known = aliases.get(directory);
      if (known == null || !known.changed().equals(changed) || !known.names().equals(names)) {
        known = new Aliases(changed, names, read(directory, names));
        aliases.put(directory, known);
      }
      return known.targets();
    } catch (IOException e) {
      return Map.of();
    }
  }

  private Map<String, String> read(String directory, Set<String> names) {
    var targets = new TreeMap<String, String>();
    for (String name : names) {
      String path = directory + "/" + name;
      if (name.endsWith(SERVICE)) {
        String target = target(path);
        if (isOurs(last(target)) && !last(target).equals(name)) {
          targets.put(name, target);
        }
      }
    }
    return targets;
  }

  private static boolean isOurs(String name) {
    return name.startsWith(OURS) && name.endsWith(SERVICE);
  }

  /** Empty if it is no link. */
  private String target(String path) {
    Path file = onDisk.apply(path);
    try {
      return Files.isSymbolicLink(file) ? Files.readSymbolicLink(file).toString() : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static void add(
      Map<String, List<ObservedUnit.File>> found, String unit, String path, String target) {
    found
        .computeIfAbsent(unit, _ -> new ArrayList<>())
        .add(new ObservedUnit.File(path, target.isEmpty() ? "" : "link:" + target));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
