package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The filter between an app and the system bus: xdg-dbus-proxy(1), in a unit of its own that the
 * app requires. The unit is one of Sandbar's package for all such apps, {@code
 * sandbard-bus@.service}; which names it lets through stands in a file of the store, by whose
 * content the unit is named. So a changed list is another unit, and the old one ends when nothing
 * requires it any more.
 *
 * @param app whose filter it is
 * @param talk the services that the app calls
 */
public record BusProxy(AppName app, SortedSet<BusName> talk) {

  /** The program, as the Debian package has it. */
  public static final String PROGRAM = "/usr/bin/xdg-dbus-proxy";

  /** Where the directories of all filters are; nobody but root enters it (systemd.exec(5)). */
  public static final String FOLDER = "/run/private/sandbar-bus";

  /** The same as the filter sees it, which systemd links there. */
  public static final String LINKS = "/run/sandbar-bus";

  /** Where libraries look for the system bus if nothing else is said. */
  public static final String PLACE = "/run/dbus";

  /** The name of the socket in both. */
  public static final String SOCKET = "system_bus_socket";

  /** The template. */
  public static final String TEMPLATE = "sandbard-bus@.service";

  private static final String PREFIX = "sandbard-bus@";
  private static final String SUFFIX = ".service";
  private static final String USER = "sb-";

  /**
   * Digits of the digest that name a unit, and the user, whose name is 31 characters long at most.
   */
  private static final int DIGITS = 28;

  /** What is looked at of a filter that runs. */
  public enum Part {
    /** The program. */
    PROGRAM("program"),
    /** Its arguments. */
    ARGUMENTS("arguments"),
    /** The user, its rights, and the filters of the kernel on it. */
    CONFINEMENT("confinement"),
    /** The socket, and whether the app has just that one. */
    SOCKET("socket"),
    /** Files that change the unit. */
    FILES("files");

    private final String text;

    Part(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }
  }

  public BusProxy {
    talk = Collections.unmodifiableSortedSet(new TreeSet<>(talk));
  }

  /** The one of an app; empty if it calls nothing on the bus. */
  public static Optional<BusProxy> of(AppSpec app) {
    var talk = new TreeSet<BusName>();
    app.permissions()
        .requests()
        .forEach(
            (permission, request) -> {
              if (request.value() instanceof Value.BusNames(var names)) {
                talk.addAll(names);
              } else if (permission == Permission.BLUETOOTH
                  && request.value() instanceof Value.Granted) {
                talk.add(BusName.BLUEZ);
              }
            });
    return talk.isEmpty() || app.run().adopts()
        ? Optional.empty()
        : Optional.of(new BusProxy(app.name(), talk));
  }

  /** The part of the unit's name that is its own, where a path is that of its directory. */
  public static Optional<String> instance(String path) {
    return Optional.of(path)
        .filter(it -> it.startsWith(FOLDER + "/"))
        .map(it -> it.substring(FOLDER.length() + 1))
        .filter(it -> it.matches("[0-9a-f]{" + DIGITS + "}"));
  }

  /** The unit of an instance. */
  public static UnitName unit(String instance) {
    return new UnitName(PREFIX + instance + SUFFIX);
  }

  /** The unit. */
  public UnitName unit() {
    return unit(instance());
  }

  private String instance() {
    return file().digest().hex().substring(0, DIGITS);
  }

  /**
   * The user of the filter and of the app. A client names its own uid to the bus, and the bus
   * compares it with that of the filter. What keeps the app from its filter is that each is in a
   * user namespace of its own (user_namespaces(7), ptrace(2)).
   */
  String user() {
    return USER + instance();
  }

  /** The directory of its socket on the device. */
  public String directory() {
    return FOLDER + "/" + instance();
  }

  /** What the store must hold: variables of systemd.exec(5), of which the unit makes arguments. */
  AppFile file() {
    return new AppFile(
        "bus/names.env",
        "# The services on the system bus that %s calls.\nSANDBAR_BUS_NAMES=\"%s\"\n"
            .formatted(app, String.join(" ", names())),
        false,
        Location.NOWHERE);
  }

  private List<String> names() {
    return talk.stream().map(name -> "--talk=" + name).toList();
  }

  /** What must be seen of it while the app runs, as {@code BusProxies} of the agent shows it. */
  public Map<Part, String> declared() {
    var arguments = new ArrayList<String>(List.of(PROGRAM, "unix:path=" + PLACE + "/" + SOCKET));
    arguments.add(LINKS + "/" + instance() + "/" + SOCKET);
    arguments.add("--filter");
    arguments.addAll(names());
    var declared = new EnumMap<Part, String>(Part.class);
    declared.put(Part.PROGRAM, PROGRAM);
    declared.put(Part.ARGUMENTS, String.join(" ", arguments));
    declared.put(Part.CONFINEMENT, CONFINED);
    declared.put(Part.SOCKET, OWN_SOCKET);
    declared.put(Part.FILES, NO_FILES);
    return Collections.unmodifiableMap(declared);
  }

  /** A filter that is as confined as its unit says. */
  public static final String CONFINED = "a user of its own, no capabilities, filtered calls";

  /** A socket that is the filter's, and the app's. */
  public static final String OWN_SOCKET = "of the filter, mounted in the app";

  /** A unit that is as the package of Sandbar has it. */
  public static final String NO_FILES = "of the package alone";
}
