package dev.sandbar.device.store;

import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.compile.UnitMark;
import dev.sandbar.core.convert.UnitLines;
import dev.sandbar.core.model.AdoptionRules;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.DropInText;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.device.store.UnitContents.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The directories that the system's systemd reads units from (systemd.unit(5), "Unit File Load
 * Path"), and which files in them make up a unit. It looks at the disk, not at what the manager has
 * loaded, and so sees a file that the next reload will bring in.
 */
public final class UnitDirectories {

  /** Where Sandbar's own unit files are. */
  public static final String OWN = "/etc/systemd/system";

  /** Of all units made for one boot; Sandbar's canary goes there. */
  public static final String RUNTIME = "/run/systemd/system";

  /** Highest priority first. */
  private static final List<String> LOAD_PATH =
      List.of(
          "/etc/systemd/system.control",
          "/run/systemd/system.control",
          "/run/systemd/transient",
          "/run/systemd/generator.early",
          OWN,
          "/etc/systemd/system.attached",
          RUNTIME,
          "/run/systemd/system.attached",
          "/run/systemd/generator",
          "/usr/local/lib/systemd/system",
          "/usr/lib/systemd/system",
          "/lib/systemd/system",
          "/run/systemd/generator.late");

  private static final String LEGACY = "/lib/systemd/system";

  private final Path root;
  private final List<String> loadPath;
  private final UnitContents contents = new UnitContents();
  private final UnitLinks links;

  /**
   * The directories of a device.
   *
   * @param root of its file system
   */
  public UnitDirectories(Path root) {
    this.root = root;
    var path = new ArrayList<>(LOAD_PATH);
    if (Files.isSymbolicLink(root.resolve("lib"))) {
      // The same directory as below /usr; every file would be found twice.
      path.remove(LEGACY);
    }
    this.loadPath = List.copyOf(path);
    this.links = new UnitLinks(this::onDisk);
  }

  /** The load path as the device names it, highest priority first; not all of it need exist. */
  public List<String> loadPath() {
    return loadPath;
  }

  /** The load path as this process can open it. */
  public List<Path> directories() {
    return loadPath.stream().map(this::onDisk).toList();
  }

  /** The path of our own file of a unit, as this process can open it. */
  public Path own(UnitName unit) {
    return onDisk(UnitFiles.own(unit));
  }

  /** A path of the device as this process can open it. */
  public Path onDisk(String devicePath) {
    if (!devicePath.startsWith("/")) {
      throw new IllegalArgumentException("not an absolute path: " + devicePath);
    }
    return root.resolve(devicePath.substring(1)).normalize();
  }

  /** Units of apps of which a file in {@link #OWN} says in its first line that Sandbar made it. */
  public SortedSet<UnitName> apps() {
    Set<String> names = names(onDisk(OWN));
    var apps = new TreeSet<>(adopted(names).adopted().values());
    for (String name : names) {
      if (name.startsWith("sandbar-") && name.endsWith(".service")) {
        String app = name.substring("sandbar-".length(), name.length() - ".service".length());
        if (AppName.isValid(app)
            && isMade(onDisk(OWN).resolve(name), UnitName.own(new AppName(app)))) {
          apps.add(UnitName.own(new AppName(app)));
        }
      }
    }
    return apps;
  }

  /** Units beside those of apps, of which a file in {@link #OWN} has the name. */
  public SortedSet<UnitName> beside() {
    return names(onDisk(OWN)).stream()
        .filter(SideUnit::isOwn)
        .filter(UnitName::isValid)
        .map(UnitName::new)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Which unit each app is, by the files that Sandbar made. */
  public AppUnits units() {
    return adopted(names(onDisk(OWN)));
  }

  private AppUnits adopted(Set<String> names) {
    var adopted = new TreeMap<AppName, UnitName>();
    for (String name : new TreeSet<>(names)) {
      String service = name.endsWith(".d") ? name.substring(0, name.length() - 2) : "";
      if (AdoptionRules.isAdoptable(service)) {
        var unit = new UnitName(service);
        madeFor(own(unit)).ifPresent(app -> adopted.putIfAbsent(app, unit));
      }
    }
    return new AppUnits(adopted);
  }

  private Optional<AppName> madeFor(Path file) {
    return contents.read(file).flatMap(it -> UnitMark.app(it.firstLine()));
  }

  private boolean isMade(Path file, UnitName unit) {
    return contents.read(file).filter(it -> UnitMark.isIn(it.firstLine(), unit)).isPresent();
  }

  /**
   * Whether a link makes the target start the unit at boot; the manager's own word for it can be
   * old.
   */
  public boolean isWanted(UnitName unit, UnitName target) {
    return Files.isSymbolicLink(link(unit, target));
  }

  /** The link by which the target starts the unit at boot, as this process can open it. */
  public Path link(UnitName unit, UnitName target) {
    return onDisk(OWN + "/" + target + ".wants/" + unit);
  }

  /**
   * Whether a link or an empty file stands where systemd looks for masks of the unit, for good or
   * until the next boot (systemd.unit(5)).
   */
  public boolean mayBeMasked(UnitName unit) {
    return Stream.of(OWN, RUNTIME).anyMatch(it -> mayBeMask(onDisk(it + "/" + unit)));
  }

  private static boolean mayBeMask(Path file) {
    try {
      return Files.isSymbolicLink(file) || Files.size(file) == 0;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      // systemd finds out.
      return true;
    }
  }

  /**
   * Every file that makes up each unit: the unit's own files of all directories, the one that wins
   * first, then drop-ins in the order in which systemd applies them. A link in the place of a
   * directory of drop-ins stands for all that are behind it.
   *
   * @param units of any type
   */
  public SortedMap<UnitName, List<ObservedUnit.File>> scan(Collection<UnitName> units) {
    var entries = new LinkedHashMap<String, Set<String>>();
    loadPath.forEach(directory -> entries.put(directory, names(onDisk(directory))));
    var dropIns = new LinkedHashMap<String, Set<String>>();
    var shared = new LinkedHashMap<String, ObservedUnit.File>();
    var found = new TreeMap<UnitName, List<ObservedUnit.File>>();
    SortedMap<String, List<ObservedUnit.File>> byName = links.of(entries);
    for (UnitName unit : units) {
      var paths = new ArrayList<String>();
      entries.forEach(
          (directory, names) -> {
            if (names.contains(unit.value())) {
              paths.add(directory + "/" + unit.value());
            }
          });
      var files = new ArrayList<ObservedUnit.File>();
      for (String path : paths) {
        files.add(file(path, unit, path.equals(OWN + "/" + unit)));
      }
      for (String path : dropIns(unit, entries, dropIns)) {
        if (path.equals(UnitFiles.own(unit))) {
          files.add(file(path, unit, true));
          continue;
        }
        // Drop-ins for all services are the same files for each of them.
        files.add(shared.computeIfAbsent(path, this::dropIn));
      }
      if (unit.ownApp().isPresent()) {
        files.addAll(byName.getOrDefault(unit.value(), List.of()));
      }
      found.put(unit, files);
    }
    return found;
  }

  /**
   * What a service of the device says itself, in the order in which systemd reads it, without the
   * drop-in of an app; empty if one of its files cannot be read.
   */
  public Optional<List<Setting>> settings(UnitName unit) {
    var entries = new LinkedHashMap<String, Set<String>>();
    loadPath.forEach(directory -> entries.put(directory, names(onDisk(directory))));
    Optional<String> fragment = fragment(unit.value(), entries).or(() -> template(unit, entries));
    var paths = new LinkedHashMap<String, String>();
    for (String path : dropIns(unit, entries, new LinkedHashMap<>())) {
      if (!path.equals(UnitFiles.own(unit))) {
        // Of one name the first is the one that counts.
        paths.putIfAbsent(path.substring(path.lastIndexOf('/') + 1), path);
      }
    }
    var settings = new ArrayList<Setting>();
    try {
      if (fragment.isEmpty()) {
        return Optional.empty();
      }
      settings.addAll(read(fragment.get()));
      for (String path : paths.values()) {
        settings.addAll(read(path));
      }
      return Optional.of(settings);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> fragment(String name, Map<String, Set<String>> entries) {
    return entries.entrySet().stream()
        .filter(it -> it.getValue().contains(name))
        .map(it -> it.getKey() + "/" + name)
        .findFirst();
  }

  private static Optional<String> template(UnitName unit, Map<String, Set<String>> entries) {
    String name = unit.value();
    int at = name.indexOf('@');
    return at < 0
        ? Optional.empty()
        : fragment(name.substring(0, at + 1) + name.substring(name.lastIndexOf('.')), entries);
  }

  private List<Setting> read(String path) throws IOException {
    Path file = DevicePaths.onDisk(root, path);
    if (file.endsWith("dev/null")) {
      return List.of();
    }
    Content content =
        contents.read(file).orElseThrow(() -> new NoSuchFileException(file.toString()));
    return UnitLines.read(content.text()).settings().stream()
        .filter(line -> line.section().equals("Service"))
        .map(line -> new Setting(line.name(), line.value()))
        .toList();
  }

  private List<String> dropIns(
      UnitName unit, Map<String, Set<String>> entries, Map<String, Set<String>> cache) {
    var paths = new ArrayList<String>();
    for (String name : dropInDirectories(unit)) {
      entries.forEach(
          (directory, names) -> {
            if (names.contains(name)) {
              String path = directory + "/" + name;
              paths.addAll(cache.computeIfAbsent(path, this::dropInsOf));
            }
          });
    }
    // By file name whatever the directory; of one name the first found wins, the others are given
    // all the same.
    paths.sort(Comparator.comparing(path -> path.substring(path.lastIndexOf('/') + 1)));
    return paths;
  }

  /**
   * The drop-ins of a directory. A link in its place is given as itself, not as the files behind
   * it: systemd follows it, and only the link can be taken away, for what it leads to is not ours.
   */
  private Set<String> dropInsOf(String directory) {
    Path path = onDisk(directory);
    if (Files.isSymbolicLink(path)) {
      return Set.of(directory);
    }
    return names(path).stream()
        .filter(file -> file.endsWith(".conf"))
        .map(file -> directory + "/" + file)
        .collect(Collectors.toSet());
  }

  /**
   * Names of the directories with drop-ins for the unit, most specific first: for {@code
   * a-b.service} they are {@code a-b.service.d}, {@code a-.service.d} and {@code service.d}.
   */
  public static List<String> dropInDirectories(UnitName unit) {
    String name = unit.value();
    int dot = name.lastIndexOf('.');
    String stem = name.substring(0, dot);
    String suffix = name.substring(dot);
    var names = new LinkedHashSet<String>();
    names.add(name + ".d");
    int instance = name.indexOf('@');
    if (instance >= 0) {
      names.add(name.substring(0, instance + 1) + suffix + ".d");
    }
    for (int dash = stem.lastIndexOf('-'); dash > 0; dash = stem.lastIndexOf('-', dash - 1)) {
      names.add(stem.substring(0, dash + 1) + suffix + ".d");
    }
    names.add(suffix.substring(1) + ".d");
    return List.copyOf(names);
  }

  private static Set<String> names(Path directory) {
    // Most of them do not exist on most devices. A listing by Path makes ten times the garbage, in
    // directories with hundreds of files that are read at every sweep.
    String[] names = directory.toFile().list();
    return names == null ? Set.of() : new HashSet<>(Arrays.asList(names));
  }

  /**
   * A file of a unit, read once, so that what is said of it is of one content.
   *
   * @param own whether it is the one that Sandbar writes
   */
  private ObservedUnit.File file(String path, UnitName unit, boolean own) {
    Path file = onDisk(path);
    Optional<Content> content = contents.read(file);
    boolean made =
        path.startsWith(OWN)
            && content.filter(it -> UnitMark.isIn(it.firstLine(), unit)).isPresent();
    return new ObservedUnit.File(
        path,
        content.map(Content::digest).orElseGet(() -> link(file)),
        made,
        List.of(),
        own ? FileAccess.of(file) : "");
  }

  private ObservedUnit.File dropIn(String path) {
    Path file = onDisk(path);
    return contents
        .read(file)
        .map(it -> new ObservedUnit.File(path, it.digest(), false, DropInText.settings(it.text())))
        .orElseGet(() -> new ObservedUnit.File(path, link(file)));
  }

  /** Where a link leads; empty if there is none. */
  private static String link(Path file) {
    try {
      return Files.isSymbolicLink(file) ? "link:" + Files.readSymbolicLink(file) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
