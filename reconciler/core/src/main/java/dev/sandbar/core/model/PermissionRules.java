package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the permissions of one spec must be like together. */
public final class PermissionRules {

  /**
   * A /proc that an app mounts hides nothing, and a tmpfs of its own executes everything. io_uring
   * makes sockets past the filter on them, vsock ones too, which no network namespace holds; it
   * chooses processors, and keeps memory from being swapped out.
   */
  private static final Map<Permission, Set<Permission>> WITHIN =
      Map.of(
          Permission.NESTED_SANDBOX,
          EnumSet.of(Permission.SYSTEM_INFO, Permission.RUN_FROM_DATA),
          Permission.ASYNC_IO,
          EnumSet.of(
              Permission.INTERNET,
              Permission.INTERNET_TO,
              Permission.LOCAL_NETWORK,
              Permission.NETWORK_STATUS,
              Permission.UNIX_SOCKETS,
              Permission.SCHEDULING,
              Permission.LOCK_MEMORY));

  /**
   * In open mode everything is open that nothing withholds, so a grant by name would only give back
   * what withholding another permission closes: namespaces, mounts, and io_uring.
   */
  private static final Map<Permission, Set<Permission>> WITHIN_OPEN =
      Map.of(
          Permission.NESTED_SANDBOX,
          EnumSet.of(
              Permission.SYSTEM_INFO,
              Permission.INTERNET,
              Permission.INTERNET_TO,
              Permission.LOCAL_NETWORK,
              Permission.PORTS,
              Permission.NETWORK_NAMESPACE),
          Permission.ASYNC_IO,
          EnumSet.of(
              Permission.INTERNET,
              Permission.INTERNET_TO,
              Permission.LOCAL_NETWORK,
              Permission.PORTS,
              Permission.CAN_BUS,
              Permission.NETWORK_STATUS,
              Permission.UNIX_SOCKETS,
              Permission.SCHEDULING,
              Permission.LOCK_MEMORY));

  private static final List<Permission> APPS = List.of(Permission.TALK_TO, Permission.ACCEPT_FROM);

  private PermissionRules() {}

  /**
   * What is wrong between the permissions; empty if they fit together.
   *
   * @param adopts whether they are of a service of the device, which is in open mode here whatever
   *     its spec says
   */
  public static List<Diagnostic> check(Permissions permissions, Mode mode, boolean adopts) {
    var found = new ArrayList<Diagnostic>();
    for (Permission opener : Permission.values()) {
      within(permissions, opener, mode, found);
    }
    switch (mode) {
      case OPEN -> new OpenModeRules(adopts, found).check(permissions);
      case CLOSED -> nestedSandbox(permissions, found);
    }
    boolean internet = grants(permissions, Permission.INTERNET, mode);
    boolean reachable = internet || grants(permissions, Permission.LOCAL_NETWORK, mode);
    permissions
        .get(Permission.INTERNET_TO)
        .ifPresent(request -> internetTo(request, permissions, internet, found));
    permissions
        .get(Permission.PORTS)
        .ifPresent(
            request -> {
              if (request.value() instanceof Value.Ports(List<Port> ports)) {
                ports(request, ports, reachable, found);
                found.addAll(SocketPortRules.check(request, ports, mode));
              }
            });
    MountRules.check(permissions, found);
    for (Permission permission : APPS) {
      permissions
          .get(permission)
          .ifPresent(
              request -> {
                if (request.value() instanceof Value.Apps(List<AppName> names)) {
                  apps(permission, request, names, found);
                }
              });
    }
    AskedNames.PERMISSIONS.stream()
        .filter(it -> it != Permission.DBUS)
        .forEach(it -> permissions.get(it).ifPresent(request -> namedOnce(it, request, found)));
    permissions
        .get(Permission.DBUS)
        .ifPresent(
            request -> {
              if (request.value()
                  instanceof Value.BusNames(List<BusName> talk, List<BusName> own)) {
                busNames(request, talk, own, permissions, found);
              }
            });
    return found;
  }

  private static void busNames(
      Request request,
      List<BusName> talk,
      List<BusName> own,
      Permissions permissions,
      List<Diagnostic> found) {
    if (Set.copyOf(talk).size() < talk.size()) {
      found.add(conflict(request, "dbus.talk lists a name twice", "remove one"));
    }
    if (Set.copyOf(own).size() < own.size()) {
      found.add(conflict(request, "dbus.own lists a name twice", "remove one"));
    }
    if (talk.stream().anyMatch(own::contains)) {
      found.add(
          conflict(
              request,
              "dbus.talk lists a name that dbus.own has, which the app may call anyway",
              "remove it from talk"));
    }
    boolean withheld =
        permissions
            .get(Permission.BLUETOOTH)
            .filter(it -> it.value() instanceof Value.Withheld)
            .isPresent();
    if (withheld && talk.contains(BusName.BLUEZ)) {
      found.add(
          conflict(
              request,
              "dbus.talk names what bluetooth: false withholds: " + BusName.BLUEZ,
              "remove one of them"));
    }
  }

  private static void apps(
      Permission permission, Request request, List<AppName> names, List<Diagnostic> found) {
    var seen = new HashSet<AppName>();
    for (AppName name : names) {
      if (!seen.add(name)) {
        found.add(
            conflict(
                request,
                "%s lists app %s twice".formatted(permission.key(), name),
                "remove one of them"));
      }
    }
  }

  /**
   * Whether an app in closed mode that has the first can do by itself what the second opens, or
   * enough of it.
   */
  public static boolean comesWith(Permission permission, Permission other) {
    // A list of destinations only narrows the internet.
    return other.shape() != Permission.Shape.DESTINATIONS
        && within(permission, Mode.CLOSED).contains(other);
  }

  /** What may not be withheld by name beside a grant of the permission. */
  public static Set<Permission> within(Permission opener, Mode mode) {
    return (mode == Mode.CLOSED ? WITHIN : WITHIN_OPEN).getOrDefault(opener, Set.of());
  }

  private static void within(
      Permissions permissions, Permission opener, Mode mode, List<Diagnostic> found) {
    // Only what is granted by name: in open mode the rest is open as far as nothing withholds it.
    if (!grants(permissions, opener, Mode.CLOSED)) {
      return;
    }
    for (Permission within : within(opener, mode)) {
      permissions
          .get(within)
          .filter(request -> request.value() instanceof Value.Withheld)
          .ifPresent(
              request ->
                  found.add(
                      conflict(
                          request,
                          "%s comes with what %s: false withholds"
                              .formatted(opener.key(), within.key()),
                          "remove one of them")));
    }
  }

  /** The kernel mounts a new /proc only where nothing of the one that is there is mounted over. */
  private static void nestedSandbox(Permissions permissions, List<Diagnostic> found) {
    if (!grants(permissions, Permission.NESTED_SANDBOX, Mode.CLOSED)) {
      return;
    }
    permissions
        .get(Permission.SYSTEM_INFO)
        .filter(request -> !(request.value() instanceof Value.Withheld))
        .ifPresent(
            request ->
                found.add(
                    conflict(
                        request,
                        "nestedSandbox and systemInfo cannot be combined: the inner /proc could not"
                            + " be mounted",
                        "remove systemInfo: the inner /proc shows the same")));
  }

  private static boolean grants(Permissions permissions, Permission permission, Mode mode) {
    return permissions
        .get(permission)
        .map(request -> !(request.value() instanceof Value.Withheld))
        .orElse(mode == Mode.OPEN);
  }

  private static void internetTo(
      Request request, Permissions permissions, boolean internet, List<Diagnostic> found) {
    if (request.value() instanceof Value.Withheld) {
      if (grants(permissions, Permission.INTERNET, Mode.CLOSED)) {
        found.add(
            conflict(
                request,
                "internet is granted and internetTo withholds every destination",
                "set internet: false, or remove internetTo"));
      }
    } else if (!internet) {
      found.add(
          conflict(
              request,
              "internetTo narrows internet, which is not granted",
              "set internet: true, or remove internetTo"));
    }
    if (request.value() instanceof Value.Destinations(var all)
        && all.stream()
                .filter(Destination.Host.class::isInstance)
                .map(it -> Set.copyOf(it.ports()))
                .distinct()
                .count()
            > 1) {
      found.add(
          conflict(
              request,
              "the hosts of internetTo have different ports, and the rules on ports do not know"
                  + " which address is whose",
              "give all hosts the same ports, or name prefixes by cidr"));
    }
    if (request.value() instanceof Value.Destinations(var all)
        && all.stream().filter(Destination.Host.class::isInstance).count()
            > SpecBounds.MOST_HOSTS) {
      found.add(
          Diagnostic.error(
              Problem.TOO_LARGE,
              request.at(),
              "permissions: internetTo names more than %d hosts".formatted(SpecBounds.MOST_HOSTS),
              "name fewer, or give prefixes that hold several"));
    }
  }

  private static void ports(
      Request request, List<Port> ports, boolean reachable, List<Diagnostic> found) {
    if (!reachable && !SocketPortRules.any(ports)) {
      found.add(
          conflict(
              request,
              "ports that the app opens itself need a network, and neither internet nor"
                  + " localNetwork is granted",
              "grant internet: true or localNetwork: true, which lets the app open its own"
                  + " connections too"));
    }
    var names = new HashSet<String>();
    for (Port port : ports) {
      if (!names.add(port.name())) {
        found.add(conflict(request, "two ports are named " + port.name(), "rename one"));
      }
    }
    for (int i = 0; i < ports.size(); i++) {
      PortRange one = ports.get(i).range();
      ports.subList(0, i).stream()
          .map(Port::range)
          .filter(one::overlaps)
          .findFirst()
          .ifPresent(other -> found.add(twice(request, one, other)));
    }
    boolean any = ports.stream().anyMatch(port -> port.range().isAny());
    if (any && ports.stream().anyMatch(port -> port.range().isPrivileged())) {
      found.add(
          conflict(
              request,
              "port 0 beside a port below %d would open every port below it too"
                  .formatted(PortRange.UNPRIVILEGED),
              "write port: %d, endPort: 65535 instead of port: 0"
                  .formatted(PortRange.UNPRIVILEGED)));
    }
  }

  private static Diagnostic twice(Request request, PortRange one, PortRange other) {
    return one.equals(other)
        ? conflict(request, "port %s is listed twice".formatted(one.shown()), "remove one")
        : conflict(
            request,
            "ports %s and %s overlap".formatted(other.shown(), one.shown()),
            "make one of them smaller, or remove it");
  }

  static Diagnostic conflict(Request request, String message, String help) {
    return Diagnostic.error(Problem.CONFLICT, request.at(), "permissions: " + message, help);
  }

  private static void namedOnce(Permission permission, Request request, List<Diagnostic> found) {
    var names = new HashSet<String>();
    for (String name : AskedNames.of(request.value())) {
      if (!names.add(name)) {
        found.add(
            conflict(
                request,
                "%s lists %s twice".formatted(permission.key(), name),
                "remove one of them"));
      }
    }
  }
}
