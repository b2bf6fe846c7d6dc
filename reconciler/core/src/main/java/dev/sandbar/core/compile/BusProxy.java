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
import java.util.stream.Stream;

/**
 * The filter between an app and the system bus: xdg-dbus-proxy(1), in a unit of its own that the
 * app requires. The unit is one of Sandbar's package for all such apps, {@code
 * sandbard-bus@.service}, or {@code sandbard-own@.service} for those that are services themselves;
 * which names it lets through stands in a file of the store, by whose content the unit is named. So
 * a changed list is another unit, and the old one ends when nothing requires it any more.
 *
 * @param app whose filter it is
 * @param talk the services that the app calls
 * @param own the services that the app is
 */
public record BusProxy(AppName app, SortedSet<BusName> talk, SortedSet<BusName> own) {

  /** The program, as the Debian package has it. */
  public static final String PROGRAM = "/usr/bin/xdg-dbus-proxy";

  /** Where libraries look for the system bus if nothing else is said. */
  public static final String PLACE = "/run/dbus";

  /** The name of the socket in both. */
  public static final String SOCKET = "system_bus_socket";

  private static final String SUFFIX = ".service";
  private static final String USER = "sb-";

  /** The group whose members the bus lets own what files of Sandbar name ({@link BusPolicy}). */
  public static final String OWNERS = "sandbar-bus";

  /** What the file with the names is called among those of an app. */
  public static final String FILE = "bus/names.env";

  /**
   * Digits of the digest that name a unit, and the user, whose name is 31 characters long at most.
   * What a filter reads is no file that has such a digest, but one that is stored for it alone
   * ({@link FileStorePath}), and two apps with one user are both refused ({@link IdentityClashes}).
   */
  private static final int DIGITS = 28;

  /** What units there are for filters. */
  public enum Kind {
    /** Of an app that calls services. */
    TALKS("sandbard-bus@", "sandbar-bus"),
    /** Of an app that is a service too: its filter is in the group {@link #OWNERS}. */
    OWNS("sandbard-own@", "sandbar-own");

    private final String prefix;
    private final String name;

    Kind(String prefix, String name) {
      this.prefix = prefix;
      this.name = name;
    }

    /** The template of the units. */
    public String template() {
      return prefix + SUFFIX;
    }

    /** Where the directories of all of them are; nobody but root enters it (systemd.exec(5)). */
    public String folder() {
      return "/run/private/" + name;
    }

    /** The same as a filter sees it, which systemd links there. */
    private String links() {
      return "/run/" + name;
    }
  }

  /**
   * A filter, wherever it is of.
   *
   * @param instance the part of the unit's name that is its own
   */
  public record Instance(Kind kind, String instance) {

    /** The one whose directory this is; empty for another path. */
    public static Optional<Instance> of(String path) {
      for (Kind kind : Kind.values()) {
        String folder = kind.folder() + "/";
        if (path.startsWith(folder)
            && path.substring(folder.length()).matches("[0-9a-f]{" + DIGITS + "}")) {
          return Optional.of(new Instance(kind, path.substring(folder.length())));
        }
      }
      return Optional.empty();
    }

    /** Its unit. */
    public UnitName unit() {
      return new UnitName(kind.prefix + instance + SUFFIX);
    }

    /** The directory of its socket on the device. */
    public String directory() {
      return kind.folder() + "/" + instance;
    }
  }

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
    FILES("files"),
    /** What lets it own names. */
    POLICY("policy");

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
    own = Collections.unmodifiableSortedSet(new TreeSet<>(own));
  }

  /** The one of an app; empty if it has nothing on the bus. */
  public static Optional<BusProxy> of(AppSpec app) {
    var talk = new TreeSet<BusName>();
    var own = new TreeSet<BusName>();
    app.permissions()
        .requests()
        .forEach(
            (permission, request) -> {
              if (request.value() instanceof Value.BusNames(var called, var owned)) {
                talk.addAll(called);
                own.addAll(owned);
              } else if (permission == Permission.BLUETOOTH
                  && request.value() instanceof Value.Granted) {
                talk.add(BusName.BLUEZ);
              }
            });
    // To itself it talks by its own name.
    talk.removeAll(own);
    return (talk.isEmpty() && own.isEmpty()) || app.run().adopts()
        ? Optional.empty()
        : Optional.of(new BusProxy(app.name(), talk, own));
  }

  /** The unit. */
  public UnitName unit() {
    return filter().unit();
  }

  private Kind kind() {
    return own.isEmpty() ? Kind.TALKS : Kind.OWNS;
  }

  private Instance filter() {
    return new Instance(kind(), instance());
  }

  private String instance() {
    return instance(file());
  }

  /** The filter whose file this is. */
  static String instance(AppFile file) {
    return file.digest().hex().substring(0, DIGITS);
  }

  /** What the bus is configured with; empty for an app that owns nothing. */
  public Optional<BusPolicy> policy() {
    return own.isEmpty() ? Optional.empty() : Optional.of(new BusPolicy(instance(), app, own));
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
    return filter().directory();
  }

  /** What the store must hold: variables of systemd.exec(5), of which the unit makes arguments. */
  AppFile file() {
    return new AppFile(
        FILE,
        "# The services on the system bus that %s %s.\nSANDBAR_BUS_NAMES=\"%s\"\n"
            .formatted(app, own.isEmpty() ? "calls" : "calls or is", String.join(" ", names())),
        false,
        Location.NOWHERE);
  }

  private List<String> names() {
    return Stream.concat(
            talk.stream().map(name -> "--talk=" + name), own.stream().map(name -> "--own=" + name))
        .toList();
  }

  /** What must be seen of it while the app runs, as {@code BusProxies} of the agent shows it. */
  public Map<Part, String> declared() {
    var arguments = new ArrayList<String>(List.of(PROGRAM, "unix:path=" + PLACE + "/" + SOCKET));
    arguments.add(kind().links() + "/" + instance() + "/" + SOCKET);
    arguments.add("--filter");
    arguments.addAll(names());
    var declared = new EnumMap<Part, String>(Part.class);
    declared.put(Part.PROGRAM, PROGRAM);
    declared.put(Part.ARGUMENTS, String.join(" ", arguments));
    declared.put(Part.CONFINEMENT, CONFINED);
    declared.put(Part.SOCKET, OWN_SOCKET);
    declared.put(Part.FILES, NO_FILES);
    policy().ifPresent(policy -> declared.put(Part.POLICY, policy.shown()));
    return Collections.unmodifiableMap(declared);
  }

  /** A filter that is as confined as its unit says. */
  public static final String CONFINED = "a user of its own, no capabilities, filtered calls";

  /** A socket that is the filter's, and the app's. */
  public static final String OWN_SOCKET = "of the filter, mounted in the app";

  /** A unit that is as the package of Sandbar has it. */
  public static final String NO_FILES = "of the package alone";
}
