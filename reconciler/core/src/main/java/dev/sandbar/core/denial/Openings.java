package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.learn.Learned;
import dev.sandbar.core.learn.Lessons;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.model.RuntimeDirectories;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What opens a thing that an app tried, held against what its sandbox withholds. */
final class Openings {

  private static final Pattern SYSTEM_FILE =
      Pattern.compile(
          "/proc/(cpuinfo|meminfo|stat|loadavg|uptime|vmstat|diskstats|interrupts|softirqs|version"
              + "|filesystems|partitions|swaps|net/dev|sys/kernel/.*)");

  private static final Pattern OF_OTHERS = Pattern.compile("/proc/[0-9]+(/.*)?");
  private static final List<String> PRIVATE = List.of("/tmp", "/var/tmp", "/dev/shm");
  private static final List<String> RUNTIME = List.of("/run", "/var/run");

  static final String DIRECTORIES =
      "An app writes to /tmp and to directories of its own, $STATE_DIRECTORY, $CACHE_DIRECTORY and"
          + " $LOGS_DIRECTORY, which state, cache and logs give it: set the program up to write"
          + " there";

  private static final String NO_RUNTIME =
      "No permission opens /run: run.runtimeDirectories gives an app directories of its own there,"
          + " as in runtimeDirectories: [NAME] for /run/NAME; set the program up to write its sockets"
          + " and pid files there or to /tmp, or to do without";

  private static final String RUNTIME_DIRECTORY =
      "No permission opens /run: run: {runtimeDirectories: [%1$s]} gives the app a /run/%1$s of its"
          + " own, which is empty at each start";

  private static final String VOLUME =
      DIRECTORIES + "; or have the owner of the device name a volume for it, and ask for storage";

  static final String IDENTITY =
      "No permission opens it: an app has a user of its own from the start, so set the program up"
          + " to stay as the user that it is started as";

  private final Confines confines;
  private final Sandbox sandbox;

  Openings(Confines confines) {
    this.confines = confines;
    this.sandbox = confines.sandbox();
  }

  /** What opens sockets of the family to an app that has none of them. */
  Advice family(String family) {
    if (sandbox.network().families().contains(family)) {
      return Advice.NONE;
    }
    return family.equals("AF_UNIX")
        // What has such sockets for one purpose is for that alone.
        ? Advice.of(Wish.of(Permission.UNIX_SOCKETS))
        : Advice.of(
            PermissionCatalog.all().values().stream()
                .filter(entry -> entry.grants().network().families().contains(family))
                .map(entry -> Wish.of(entry.permission()))
                .toList());
  }

  Advice port(Protocol protocol, int port) {
    boolean bound =
        sandbox.network().binds().isAll()
            || sandbox.network().binds().items().stream()
                .anyMatch(it -> it.contains(protocol, port));
    return bound ? Advice.NONE : Advice.of(port(protocol, port, confines.hasPrivilegedPort()));
  }

  /**
   * The permission to bind a port.
   *
   * @param number 0 for any
   * @param besidePrivileged whether the spec has one that is privileged, and may so have no port 0
   */
  static Wish port(Protocol protocol, int number, boolean besidePrivileged) {
    String of = protocol == Protocol.TCP ? "" : ", protocol: UDP";
    if (number == 0 && besidePrivileged) {
      return new Wish(
          Permission.PORTS,
          "%d-65535/%s".formatted(PortRange.UNPRIVILEGED, protocol),
          "ports: [{port: %d, endPort: 65535%s}]".formatted(PortRange.UNPRIVILEGED, of));
    }
    return new Wish(
        Permission.PORTS,
        number == 0 ? "any/" + protocol : number + "/" + protocol,
        "ports: [{port: %d%s}]".formatted(number, of));
  }

  /** A port that somebody else has. */
  Advice taken(Protocol protocol, int port) {
    return Advice.help(
        "Another program of the device has port %d/%s: 'ss -lnp' shows which one"
            .formatted(port, protocol.name().toLowerCase(Locale.ROOT)));
  }

  /** A port of which nobody knows the number. */
  Advice somePort() {
    return sandbox.network().binds().isNone()
        ? Advice.help(
            "It lacks ports; which port it is, 'sandbar why %s --restart' shows"
                .formatted(confines.app().name()))
        : Advice.NONE;
  }

  /** Whether an app stays the user that it is started as. */
  boolean holdsIdentity() {
    return !sandbox.unconfined();
  }

  Advice module(String name) {
    boolean declared =
        confines
            .app()
            .permissions()
            .get(Permission.KERNEL_MODULES)
            .filter(it -> it.value() instanceof Value.Modules(var names) && isIn(name, names))
            .isPresent();
    return sandbox.unconfined() || declared
        ? Advice.NONE
        : Advice.of(
            new Wish(Permission.KERNEL_MODULES, name, "kernelModules: [%s]".formatted(name)));
  }

  private static boolean isIn(String name, List<ModuleName> names) {
    return names.stream().anyMatch(it -> it.toString().equals(name));
  }

  Advice bus() {
    return sandbox.peers().services().isNone()
        ? Advice.help("It lacks dbus: name the services that it calls, as in dbus: {talk: [NAME]}")
        : Advice.NONE;
  }

  Advice code() {
    return sandbox.kernel().writableCode() ? Advice.NONE : Advice.of(Wish.of(Permission.JIT));
  }

  Advice node(String path, boolean written) {
    if (path.endsWith("/stdout")
        || path.endsWith("/stderr")
        || sandbox.files().devices().contains((written ? "w " : "r ") + path)) {
      return Advice.NONE;
    }
    Optional<Permission> hardware = Hardware.of(path);
    if (hardware.isPresent()) {
      var nodes = PermissionCatalog.entry(hardware.get()).grants().files().devices();
      return sandbox.files().devices().includes(nodes)
          ? Advice.NONE
          : Advice.of(Wish.of(hardware.get()));
    }
    boolean serial = path.startsWith("/dev/tty") || path.startsWith("/dev/serial/");
    return Advice.of(
        serial
            ? new Wish(Permission.SERIAL, path, "serial: [{device: %s}]".formatted(path))
            : new Wish(
                Permission.DEVICES,
                path + (written ? ":rw" : ":ro"),
                "devices: [{device: %s, access: %s}]"
                    .formatted(path, written ? "ReadWrite" : "ReadOnly")));
  }

  /** To execute a file that the app may have written. */
  Advice execution(String path) {
    boolean own =
        within(path, PRIVATE)
            || Arrays.stream(AppDirectory.values()).anyMatch(it -> isOwn(it, path));
    return own && !sandbox.files().executableData()
        ? Advice.of(Wish.of(Permission.RUN_FROM_DATA))
        : Advice.NONE;
  }

  Advice system(String path) {
    return !sandbox.proc().system() && SYSTEM_FILE.matcher(path).matches()
        ? Advice.of(Wish.of(Permission.SYSTEM_INFO))
        : Advice.NONE;
  }

  /** To read a file of the kernel. */
  Advice process(String path) {
    if (OF_OTHERS.matcher(path).matches()) {
      return sandbox.proc().others() ? Advice.NONE : Advice.of(Wish.of(Permission.OTHER_APPS));
    }
    return system(path);
  }

  /** To read a file. */
  Advice read(String path) {
    return sandbox.files().hostWritable()
        ? Advice.NONE
        : confines
            .volume(path)
            .map(it -> Advice.of(volume(it.getKey(), it.getValue(), false)))
            .orElse(
                Advice.help(
                    "The user of an app may not read it: put what it needs into files or image, or"
                        + " into a volume"));
  }

  /** What is in a directory that an app has of its own, if it asks for it. */
  Advice ownDirectory(String path) {
    return Arrays.stream(AppDirectory.values())
        .filter(it -> isOwn(it, path))
        .findFirst()
        .map(it -> Advice.of(directory(it)))
        .orElse(Advice.NONE);
  }

  /** What is not there, and may be in a volume that the app was not given. */
  Advice volume(String path) {
    return sandbox.files().hostWritable()
        ? Advice.NONE
        : mount(path)
            .map(it -> Advice.of(volume(it.getKey(), it.getValue(), false)))
            .orElse(Advice.NONE);
  }

  private Optional<Map.Entry<String, String>> mount(String path) {
    return confines
        .volume(path)
        .or(() -> confines.volumeByName(path))
        .filter(_ -> !confines.mounts(path))
        // Over /etc and its like there is none.
        .filter(it -> volume(it.getKey(), it.getValue(), true).requests().isPresent());
  }

  /** To connect to a Unix socket that has a name. */
  Advice socket() {
    Advice family = family("AF_UNIX");
    return family.isRefusal()
        ? Advice.of(Wish.of(Permission.UNIX_SOCKETS))
        : Advice.help(
            "The app does not see that socket: talkTo has it see those of another app, and a volume"
                + " those of a service");
  }

  /** To write somewhere. */
  Advice file() {
    return sandbox.files().hostWritable()
        ? Advice.NONE
        : new Advice(directory(AppDirectory.STATE), DIRECTORIES);
  }

  /** To write, make or change a file. */
  Advice file(String path) {
    if (sandbox.files().hostWritable() || within(path, PRIVATE)) {
      return Advice.NONE;
    }
    if (within(path, RUNTIME)) {
      return runtime(path);
    }
    if (PathText.within(path, "/proc") || PathText.within(path, "/sys")) {
      return Advice.help(
          "An app changes no setting of the kernel itself: permissions.kernelTuning has the device"
              + " do that for it");
    }
    var wishes = new ArrayList<Wish>();
    mount(path).ifPresent(it -> wishes.add(volume(it.getKey(), it.getValue(), true)));
    for (AppDirectory own : AppDirectory.values()) {
      if (PathText.within(path, own.parent())) {
        if (isOwn(own, path) && sandbox.files().directories().contains(own)) {
          return Advice.NONE;
        }
        wishes.addAll(directory(own));
        return new Advice(wishes, isOwn(own, path) ? "" : DIRECTORIES);
      }
    }
    if (!wishes.isEmpty()) {
      return Advice.of(wishes);
    }
    return new Advice(directory(AppDirectory.STATE), VOLUME);
  }

  private Advice runtime(String path) {
    Optional<String> name = RuntimeDirectories.nameFor(path);
    List<AppSpec.Named> has = confines.app().run().runtimeDirectories();
    if (name.isPresent() && has.stream().anyMatch(it -> it.name().equals(name.get()))) {
      return Advice.NONE;
    }
    return Advice.help(name.map(RUNTIME_DIRECTORY::formatted).orElse(NO_RUNTIME));
  }

  private List<Wish> directory(AppDirectory own) {
    return sandbox.files().directories().contains(own)
        ? List.of()
        : List.of(Wish.of(own.permission()));
  }

  private boolean isOwn(AppDirectory directory, String path) {
    return PathText.within(path, directory.of(confines.app().name()))
        || PathText.within(
            path, directory.privateParent() + "/" + AppDirectory.nameOf(confines.app().name()));
  }

  private static Wish volume(String name, String path, boolean writable) {
    return new Wish(
        Permission.STORAGE,
        "%s:%s:%s".formatted(name, path, writable ? "rw" : "ro"),
        "storage: [{source: %s, mountPath: %s, access: %s}]"
            .formatted(name, path, writable ? "ReadWrite" : "ReadOnly"));
  }

  Advice address(AddressSet address) {
    if (address.isEmpty() || sandbox.network().addresses().includes(address)) {
      return Advice.NONE;
    }
    if (AddressSpace.PUBLIC.includes(address)) {
      return Advice.of(Wish.of(Permission.INTERNET));
    }
    return AddressSpace.LOCAL.includes(address)
        ? Advice.of(Wish.of(Permission.LOCAL_NETWORK))
        : Advice.NONE;
  }

  /** A system call that is for what a permission is about. */
  Advice call(String call) {
    Optional<BrokeredVerb> verb =
        brokered(call).filter(it -> !sandbox.peers().verbs().contains(it));
    if (verb.isPresent() && !sandbox.unconfined()) {
      return Advice.of(Wish.of(verb.get().permission()));
    }
    return Advice.of(
        PermissionCatalog.all().values().stream()
            .filter(entry -> !sandbox.kernel().calls().contains(call))
            .filter(entry -> entry.grants().kernel().calls().contains(call))
            .filter(entry -> isMeant(entry.permission(), call))
            .map(entry -> Wish.of(entry.permission()))
            .toList());
  }

  /** The same of a call that was refused for certain: what no permission opens has its reason. */
  Advice refused(String call) {
    Advice advice = call(call);
    if (advice.isRefusal() || sandbox.kernel().calls().contains(call)) {
      return advice;
    }
    if (isOfIdentity(call)) {
      return Advice.help(IDENTITY);
    }
    Learned learned = Lessons.of(List.of(new Use.Called(call)));
    return learned.notes().isEmpty()
        ? Advice.NONE
        : Advice.help("No permission opens it: " + learned.notes().getFirst().help());
  }

  /** Whether the call is about users and groups. */
  boolean isOfIdentity(String call) {
    return ClosedMode.identityCalls().contains(call);
  }

  /** Programs change owners and mount for other reasons than a sandbox inside of theirs. */
  private static boolean isMeant(Permission permission, String call) {
    return permission != Permission.NESTED_SANDBOX || call.equals("unshare");
  }

  /** What no permission lets an app call, and the agent does in its place. */
  private static Optional<BrokeredVerb> brokered(String call) {
    return switch (call) {
      case "reboot" -> Optional.of(BrokeredVerb.REBOOT);
      case "sethostname" -> Optional.of(BrokeredVerb.HOSTNAME);
      case "settimeofday", "clock_settime" -> Optional.of(BrokeredVerb.CLOCK);
      default -> Optional.empty();
    };
  }

  private static boolean within(String path, List<String> folders) {
    return folders.stream().anyMatch(folder -> PathText.within(path, folder));
  }
}
