package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.DeviceClasses;
import dev.sandbar.core.catalog.DeviceNetwork;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks what an app may do in the end against the policy of the device's owner. It looks at the
 * point of the lattice, not at how the spec got there: an override, a range of addresses or the
 * open mode that come to a permission count as asking for it.
 */
final class PolicyCheck {
  /** Without it no namespace of others is entered (setns(2)). */
  private static final String ENTER = "CAP_SYS_ADMIN";

  private static final Extent<String> NO_NETWORK = Extent.allBut("net");

  private static final Extent<String> RING =
      PermissionCatalog.entry(Permission.ASYNC_IO).grants().kernel().calls();

  private final AppSpec app;
  private final Sandbox sandbox;
  private final DevicePolicy policy;
  private final Complaints complaints;

  PolicyCheck(AppSpec app, Sandbox sandbox, DevicePolicy policy, Complaints complaints) {
    this.app = app;
    this.sandbox = sandbox;
    this.policy = policy;
    this.complaints = complaints;
  }

  /** The permissions that an app has in this sandbox, asked for or not. */
  static SortedSet<Permission> all(AppSpec app, Sandbox sandbox) {
    var check = new PolicyCheck(app, sandbox, DevicePolicy.NONE, new Complaints());
    return Arrays.stream(Permission.values())
        .filter(check::has)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  void check() {
    if (app.mode() == Mode.OPEN && !policy.openMode()) {
      return;
    }
    for (Permission permission : Permission.values()) {
      policy
          .objection(permission)
          .filter(
              _ ->
                  (has(permission) || PortSocketLines.reaches(app, permission))
                      && !isNamedDanger(permission))
          .ifPresent(why -> denied(permission, why));
    }
    HardwarePolicy.check(app, sandbox.files().devices(), policy, complaints);
  }

  /** Whether {@link SpecPolicy} says what the policy says of it. */
  private boolean isNamedDanger(Permission permission) {
    return request(permission)
        .flatMap(it -> SpecPolicy.dangerous(it.at(), permission, policy))
        .isPresent();
  }

  private void denied(Permission permission, String why) {
    Optional<Request> named = request(permission);
    complaints.add(
        List.of(
            denied(
                named.map(Request::at).filter(at -> !at.equals(Location.NOWHERE)).orElse(app.at()),
                named.isPresent()
                    ? "permissions." + permission.key()
                    : permission.key() + ", which the spec comes to,",
                why,
                without(permission))));
  }

  /** What the policy says of a permission that a spec names, which need not be one that is read. */
  static Diagnostic named(Location at, Permission permission, String why) {
    return denied(
        at,
        "permissions." + permission.key(),
        why,
        "do without it: %s: false".formatted(permission.key()));
  }

  private static Diagnostic denied(Location at, String what, String why, String help) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "%s is denied by the policy of this device: %s".formatted(what, why),
        help + ", or change policy: in /etc/sandbar/agent.yaml of the device");
  }

  private String without(Permission permission) {
    if (app.mode() == Mode.CLOSED && request(permission).isEmpty()) {
      for (Permission opener : Permission.values()) {
        if (PermissionRules.comesWith(opener, permission) && request(opener).isPresent()) {
          return "remove %s, which comes with it".formatted(opener.key());
        }
      }
    }
    if (request(permission).isEmpty() && PortSocketLines.reaches(app, permission)) {
      return "let nobody from there connect to ports via Socket";
    }
    if (app.mode() == Mode.OPEN && !permission.canBeWithheldInOpenMode()) {
      return "use mode: Closed";
    }
    return (app.mode() == Mode.OPEN ? "withhold it by name: " : "do without it: ")
        + permission.key()
        + ": false";
  }

  /** What the spec asks for by name. */
  private Optional<Request> request(Permission permission) {
    return app.permissions()
        .get(permission)
        .filter(request -> !(request.value() instanceof Value.Withheld));
  }

  private boolean has(Permission permission) {
    return request(permission).isPresent() || (comesTo(permission) && !isOfSockets(permission));
  }

  /**
   * What sockets between apps take, which is no more than they need: an app that offers some
   * listens, and where it has no network it listens on nothing else.
   */
  private boolean isOfSockets(Permission permission) {
    if (permission == Permission.UNIX_SOCKETS
        && (BusProxy.of(app).isPresent() || BrokerSocket.of(app).isPresent())) {
      return true;
    }
    return SocketLines.any(app)
        && (permission == Permission.UNIX_SOCKETS
            || (permission == Permission.PORTS && sandbox.network().addresses().isEmpty()));
  }

  private boolean comesTo(Permission permission) {
    return switch (permission.shape()) {
      // They only narrow the internet, which is looked at by itself.
      case DESTINATIONS -> false;
      case VOLUMES ->
          permission == Permission.MOUNTS
              ? sandbox.unconfined()
              : !PermissionCatalog.without(permission).includes(withoutFileSystems());
      case TOGGLE, DIRECTORY, PORTS, APPS, BUS_NAMES, UNITS ->
          !PermissionCatalog.without(permission).includes(outward(permission))
              || hasHardware(permission);
      // In open mode it is root.
      case SETTINGS, MODULES -> sandbox.unconfined();
      case NAMESPACE ->
          !sandbox.network().joined().isNone()
              || (sandbox.kernel().namespaces().contains("net")
                  && sandbox.kernel().capabilities().contains(ENTER));
      case DEVICES -> hasNode(permission);
    };
  }

  /**
   * A network namespace that an app without the right to enter others makes leads nowhere, and the
   * filters of its unit hold there too. In closed mode io_uring is for a network of the app's own,
   * where nobody reaches a port that is not granted, and no CAN interface of the device is.
   */
  private Sandbox outward(Permission permission) {
    Sandbox.Kernel kernel = sandbox.kernel();
    if (!kernel.capabilities().contains(ENTER)) {
      kernel = kernel.with(kernel.namespaces().meet(NO_NETWORK));
    }
    boolean ringLeadsNowhere =
        permission == Permission.PORTS || DeviceNetwork.permissions().contains(permission);
    Sandbox outward =
        sandbox.with(
            ringLeadsNowhere && !sandbox.unconfined() ? kernel.withoutCalls(RING) : kernel);
    return permission == Permission.RAW_NETWORK || !isHeldRaw() ? outward : withoutRaw(outward);
  }

  /** Rules hold the raw packets of an app in closed mode to what its other permissions open. */
  private boolean isHeldRaw() {
    return !sandbox.unconfined() && request(Permission.RAW_NETWORK).isPresent();
  }

  /** They have a permission of their own. */
  private Sandbox withoutFileSystems() {
    Sandbox.Files files = sandbox.files();
    return files.mounts().allBut()
        ? sandbox
        : sandbox.with(
            new Sandbox.Files(
                files.directories(),
                files.hostWritable(),
                files.hostVolumes(),
                files.executableData(),
                Extent.only(
                    files.mounts().items().stream().filter(it -> !it.fileSystem()).toList()),
                files.devices()));
  }

  private static Sandbox withoutRaw(Sandbox sandbox) {
    Sandbox closes = PermissionCatalog.entry(Permission.RAW_NETWORK).closes();
    Sandbox.Network network = sandbox.network();
    Sandbox.Kernel kernel = sandbox.kernel();
    return sandbox
        .with(
            new Sandbox.Network(
                network.host(),
                network.joined(),
                network.families().meet(closes.network().families()),
                network.addresses(),
                network.binds()))
        .with(
            new Sandbox.Kernel(
                kernel.calls(),
                kernel.capabilities().meet(closes.kernel().capabilities()),
                kernel.namespaces(),
                kernel.foreignCalls(),
                kernel.writableCode(),
                kernel.realtime(),
                kernel.lockedMemory()));
  }

  /** A node in a folder is of its kind too. */
  private boolean hasHardware(Permission permission) {
    return sandbox.files().devices().items().stream()
        .map(item -> item.substring(item.indexOf('/')))
        .anyMatch(path -> DeviceClasses.is(permission, path));
  }

  /** One grant must not replace the other: what a node is decides, not where it is asked. */
  private boolean hasNode(Permission permission) {
    var devices = sandbox.files().devices();
    var named = new TreeSet<String>();
    for (Permission hardware : Hardware.permissions()) {
      // It is looked at by itself.
      request(hardware)
          .ifPresent(_ -> Hardware.nodes(hardware).forEach(node -> named.add(node.path())));
    }
    return devices.allBut()
        || devices.items().stream()
            .map(item -> item.substring(item.indexOf('/')))
            .filter(path -> !named.contains(path))
            .anyMatch(path -> kindOf(path) == permission);
  }

  /** The permission of a list of nodes that this one belongs under. */
  private static Permission kindOf(String path) {
    if (DeviceClasses.is(Permission.USB, path)) {
      return Permission.USB;
    }
    return DeviceClasses.is(Permission.SERIAL, path) ? Permission.SERIAL : Permission.DEVICES;
  }
}
