package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.DeviceNumber;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers of devices that entries of DeviceAllow name: a node, or a class as in {@code
 * /proc/devices} (systemd.resource-control(5)).
 */
final class DeviceNodes {

  private static final int CLASSES_LIMIT = 64 << 10;
  private static final int ANY = -1;
  private static final int TYPE = 0170000;
  private static final int BLOCK = 0060000;
  private static final int CHARACTER = 0020000;

  /** Nodes that are named by their numbers need not be there. */
  private static final Pattern BY_NUMBER =
      Pattern.compile("/dev/(block|char)/(\\d{1,8}):(\\d{1,8})");

  private final Path root;

  /** Of this look: nearly all apps name the same. */
  private final Map<String, List<DeviceNumber>> found = new HashMap<>();

  /** The same by all entries of an app. */
  private final Map<SortedSet<String>, SortedMap<String, List<DeviceNumber>>> lists =
      new HashMap<>();

  private List<Named> classes = List.of();

  /**
   * @param root of the device's file system
   */
  DeviceNodes(Path root) {
    this.root = root;
  }

  /** A look at the device begins: what was found before may be another one now. */
  void begin() {
    found.clear();
    lists.clear();
    classes = List.of();
  }

  /** Of each entry; none of what is not there. */
  SortedMap<String, List<DeviceNumber>> numbers(SortedSet<String> entries) {
    return lists.computeIfAbsent(entries, this::asked);
  }

  private SortedMap<String, List<DeviceNumber>> asked(SortedSet<String> entries) {
    var numbers = new TreeMap<String, List<DeviceNumber>>();
    for (String entry : entries) {
      numbers.put(
          entry,
          found.computeIfAbsent(entry, name -> name.startsWith("/") ? node(name) : ofClass(name)));
    }
    return Collections.unmodifiableSortedMap(numbers);
  }

  private List<DeviceNumber> ofClass(String entry) {
    classes = classes.isEmpty() ? classes() : classes;
    return ofClass(entry, classes);
  }

  private List<DeviceNumber> node(String path) {
    Matcher number = BY_NUMBER.matcher(path);
    if (number.matches()) {
      return List.of(
          new DeviceNumber(
              number.group(1).equals("block"),
              Integer.parseInt(number.group(2)),
              Integer.parseInt(number.group(3))));
    }
    // PID 1 sees all nodes; the agent has a /dev of its own.
    Path device = root.resolve("proc/1/root");
    Optional<String> real = InaccessibleNodes.resolved(device, path);
    if (real.isEmpty()) {
      return List.of();
    }
    Path node = device.resolve(real.get().substring(1));
    try {
      if (!(Files.getAttribute(node, "unix:mode", LinkOption.NOFOLLOW_LINKS)
              instanceof Integer mode)
          || !(Files.getAttribute(node, "unix:rdev", LinkOption.NOFOLLOW_LINKS)
              instanceof Long number64)
          || ((mode & TYPE) != BLOCK && (mode & TYPE) != CHARACTER)) {
        return List.of();
      }
      return List.of(new DeviceNumber((mode & TYPE) == BLOCK, major(number64), minor(number64)));
    } catch (IOException e) {
      return List.of();
    }
  }

  /** As makedev(3) puts them together. */
  private static int major(long device) {
    return (int) (device >>> 8 & 0xfff | device >>> 32 & ~0xfffL);
  }

  private static int minor(long device) {
    return (int) (device & 0xff | device >>> 12 & ~0xffL);
  }

  private record Named(boolean block, int major, String name) {}

  private List<Named> classes() {
    try {
      var classes = new ArrayList<Named>();
      boolean block = false;
      for (String line :
          ProcFile.read(root.resolve("proc/devices"), CLASSES_LIMIT).lines().toList()) {
        String[] fields = line.strip().split(" ", 2);
        if (line.endsWith(":")) {
          block = line.startsWith("Block");
        } else if (fields.length == 2 && fields[0].matches("\\d{1,8}")) {
          classes.add(new Named(block, Integer.parseInt(fields[0]), fields[1]));
        }
      }
      return classes;
    } catch (IOException e) {
      return List.of();
    }
  }

  private static List<DeviceNumber> ofClass(String entry, List<Named> classes) {
    boolean block = entry.startsWith("block-");
    if (!block && !entry.startsWith("char-")) {
      return List.of();
    }
    String name = entry.substring(entry.indexOf('-') + 1);
    if (name.equals("*")) {
      return List.of(new DeviceNumber(block, ANY, ANY));
    }
    if (name.matches("\\d{1,8}")) {
      return List.of(new DeviceNumber(block, Integer.parseInt(name), ANY));
    }
    PathMatcher matcher =
        FileSystems.getDefault().getPathMatcher("glob:" + name.replace("{", "\\{"));
    return classes.stream()
        .filter(it -> it.block() == block)
        .filter(it -> it.name().equals(name) || matcher.matches(Path.of(it.name())))
        .map(it -> new DeviceNumber(block, it.major(), ANY))
        .distinct()
        .toList();
  }
}
