package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.DeviceNetwork;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.ManifestImage;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Checks what an app may do in the end against the policy of the device's owner. It looks at the
 * point of the lattice, not at how the spec got there: an override, a range of addresses or the
 * open mode that come to a permission count as asking for it.
 */
final class PolicyCheck {
  private static final Pattern SERIAL_LINE =
      Pattern.compile("/dev/(tty[A-Za-z]+[0-9]+|(sandbar/)?serial/.+|rfcomm[0-9]+)");

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

  /** What the policy says of open mode, whatever else is wrong with the app. */
  private static Diagnostic openModeDenied(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "mode: Open gives the app everything, and the policy of this device denies that",
        "name the permissions that the app needs, or set policy: {openMode: Allow} in"
            + " /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of an app that runs though its sandbox is not enforced. */
  private static Diagnostic permissiveDenied(Location at) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "enforcement: Permissive lets the app run where its sandbox is not enforced, and the policy"
            + " of this device denies that",
        "remove enforcement: Permissive, or set policy: {permissive: Allow} in"
            + " /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of a service of the device that an app confines. */
  private static Diagnostic adoptionDenied(Location at, String unit) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "run.unit confines %s, and the policy of this device does not list it"
            .formatted(SafeText.shown(unit)),
        "add it to policy: {adopt: [...]} in /etc/sandbar/agent.yaml of the device");
  }

  /** What the policy says of a wall that an app opens by {@code raw}. */
  private static Optional<Diagnostic> raw(Location at, String directive, DevicePolicy policy) {
    return policy
        .objectionToRaw(directive)
        .map(
            why ->
                Diagnostic.error(
                    Problem.POLICY_DENIED,
                    at,
                    "raw: %s is denied by the policy of this device: %s"
                        .formatted(SafeText.shown(directive), why),
                    "remove the entry, or add it to policy: {raw: [...]} in"
                        + " /etc/sandbar/agent.yaml of the device"));
  }

  /** What the policy says of an image that no signature can be found for. */
  private static Diagnostic unsigned(Location at, String what) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "the policy of this device wants images to be signed, and %s".formatted(what),
        "name it by oci, or by the path of an OCI layout, with a signature of cosign; or except its"
            + " place: policy: {images: {unsigned: [...]}} in /etc/sandbar/agent.yaml of the"
            + " device");
  }

  /**
   * What of an image is known without asking for its signature: only registries and OCI layouts
   * have one.
   */
  private static Optional<Diagnostic> unsigned(Root.Image image, ImagePolicy policy) {
    ImageSource source = image.source();
    if (!policy.covers(source)) {
      return Optional.empty();
    }
    if (policy.keys(source).isEmpty()) {
      return Optional.of(
          unsigned(image.at(), "none of its keys may sign those from " + source.shown()));
    }
    return switch (source) {
      case ImageSource.Registry _, ImageSource.Layout _ -> Optional.empty();
      case ImageSource.File _, ImageSource.Web _ ->
          Optional.of(
              unsigned(image.at(), "beside %s there is no signature".formatted(source.shown())));
    };
  }

  /** The same of an image that an app names by its path alone. */
  void checkRootImage(String path) {
    if (!path.isEmpty() && policy.images().covers(new ImageSource.File(path))) {
      complaints.add(List.of(unsigned(app.at(), rootImage(path))));
    }
  }

  private static String rootImage(String path) {
    return "directives.RootImage names %s without one".formatted(SafeText.shown(path));
  }

  private static Optional<Diagnostic> unsigned(Node manifest, ImagePolicy policy) {
    if (policy.signedBy().isEmpty()) {
      return Optional.empty();
    }
    return switch (ManifestImage.of(manifest)) {
      case ManifestImage.None() -> Optional.empty();
      case ManifestImage.Named(var image) -> unsigned(image, policy);
      case ManifestImage.ByPath(var at, var path) ->
          policy.covers(new ImageSource.File(path))
              ? Optional.of(unsigned(at, rootImage(path)))
              : Optional.empty();
      case ManifestImage.Unreadable(var at) ->
          Optional.of(unsigned(at, "which one this app has cannot be read"));
    };
  }

  /** What of a spec needs no compiling to be denied. */
  static List<Diagnostic> denied(AppSpec app, DevicePolicy policy) {
    var denied = new ArrayList<Diagnostic>();
    if (app.run().adopts()) {
      // It takes from what the owner runs; its mode gives the service nothing.
      if (!policy.adopts(app.run().unit())) {
        denied.add(adoptionDenied(app.run().at(), app.run().unit()));
      }
    } else if (app.mode() == Mode.OPEN && !policy.openMode()) {
      denied.add(openModeDenied(app.at()));
    }
    if (app.enforcement() == EnforcementMode.PERMISSIVE && !policy.permissive()) {
      denied.add(permissiveDenied(app.at()));
    }
    KernelPolicy.check(app.permissions(), policy, denied);
    app.raw().forEach(wall -> raw(wall.at(), wall.directive(), policy).ifPresent(denied::add));
    if (app.root() instanceof Root.Image image) {
      unsigned(image, policy.images()).ifPresent(denied::add);
    }
    return denied;
  }

  /**
   * The same of a manifest that is not read as a spec any more: what the owner denies must not
   * outlive the policy by a spec that is refused.
   */
  static List<Diagnostic> denied(Node manifest, DevicePolicy policy) {
    Node spec = manifest.fields().getOrDefault("spec", Node.mapping(List.of()));
    var denied = new ArrayList<Diagnostic>();
    if (spec.fields().getOrDefault("run", Node.mapping(List.of())).fields().get("unit")
        instanceof Node.Scalar(var at, _, var unit)) {
      if (!policy.adopts(unit)) {
        denied.add(adoptionDenied(at, unit));
      }
    } else if (!policy.openMode()
        && spec.fields().get("mode") instanceof Node.Scalar(var at, _, var text)
        && text.equals("Open")) {
      denied.add(openModeDenied(at));
    }
    if (!policy.permissive()
        && spec.fields().get("enforcement") instanceof Node.Scalar(var at, _, var text)
        && text.equals(EnforcementMode.PERMISSIVE.text())) {
      denied.add(permissiveDenied(at));
    }
    if (spec.fields().get(OpenedWall.KEY) instanceof Node.Sequence(_, var walls)) {
      for (Node wall : walls) {
        String directive =
            wall.fields().get("directive") instanceof Node.Scalar(_, _, var text) ? text : "";
        raw(wall.at(), directive, policy).ifPresent(denied::add);
      }
    }
    KernelPolicy.check(spec, policy, denied);
    unsigned(manifest, policy.images()).ifPresent(denied::add);
    return denied;
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
          .filter(_ -> has(permission))
          .ifPresent(why -> denied(permission, why));
    }
  }

  private void denied(Permission permission, String why) {
    Optional<Request> named = request(permission);
    String how =
        named.isPresent()
            ? "permissions." + permission.key()
            : permission.key() + ", which the spec comes to,";
    complaints.error(
        Problem.POLICY_DENIED,
        named.map(Request::at).filter(at -> !at.equals(Location.NOWHERE)).orElse(app.at()),
        "%s is denied by the policy of this device: %s".formatted(how, why),
        without(permission) + ", or change policy: in /etc/sandbar/agent.yaml of the device");
  }

  private String without(Permission permission) {
    if (app.mode() == Mode.CLOSED && request(permission).isEmpty()) {
      for (Permission opener : Permission.values()) {
        if (PermissionRules.comesWith(opener, permission) && request(opener).isPresent()) {
          return "remove %s, which comes with it".formatted(opener.key());
        }
      }
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
      case TOGGLE, PORTS, VOLUMES, APPS, BUS_NAMES ->
          !PermissionCatalog.without(permission).includes(outward(permission))
              || hasHardware(permission);
      // In open mode it is root.
      case SETTINGS -> sandbox.unconfined();
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
    return sandbox.with(
        ringLeadsNowhere && !sandbox.unconfined() ? kernel.withoutCalls(RING) : kernel);
  }

  /** A node in a folder is of its kind too. */
  private boolean hasHardware(Permission permission) {
    return sandbox.files().devices().items().stream()
        .map(item -> item.substring(item.indexOf('/')))
        .anyMatch(path -> Hardware.of(path).filter(permission::equals).isPresent());
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
    if (path.startsWith(HardwareLinks.USB) || PathText.within(path, HardwareLinks.BUS)) {
      return Permission.USB;
    }
    return SERIAL_LINE.matcher(path).matches() ? Permission.SERIAL : Permission.DEVICES;
  }
}
