package dev.sandbar.schema;

import dev.sandbar.core.compile.IgnoreCheck;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.crds.v1alpha1.AppSandboxImage;
import dev.sandbar.crds.v1alpha1.AppSandboxMaintenance;
import dev.sandbar.crds.v1alpha1.AppSandboxSpec;
import dev.sandbar.crds.v1alpha1.Hold;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The rules of the admission policy: each an expression that lists what is wrong, empty if nothing
 * is. Every rule refuses only what the reader of specs or the compiler refuses too.
 */
final class PolicyRules {

  private static final List<String> KEYS =
      Arrays.stream(Permission.values()).map(Permission::key).toList();

  /**
   * Rules that are dear look at no longer text than this: the API server gives a policy so much
   * time and then refuses. The compiler looks at all of it.
   */
  static final int LONG = 256;

  private PolicyRules() {}

  static SequencedMap<String, String> all() {
    var rules = new LinkedHashMap<String, String>();
    unknownFields(rules);
    rules.put(
        "unknownPermissions",
        "variables.permissions.filter(k, !(k in %s)).map(k, \"unknown permission '\" + k + %s)"
            .formatted(Cel.list(KEYS), Cel.text("': known here: " + String.join(", ", KEYS))));
    shapes(rules);
    values(rules);
    conflicts(rules);
    FileRules.add(rules);
    SecretRules.add(rules);
    VariableRules.add(rules);
    DirectiveRules.add(rules);
    RawRules.add(rules);
    drift(rules);
    RunRules.add(rules);
    NetworkRules.add(rules);
    SocketRules.add(rules);
    DirectoryRules.add(rules);
    BusRules.add(rules);
    BrokerRules.add(rules);
    MaintenanceRules.addBusyFile(rules);
    return Collections.unmodifiableSequencedMap(rules);
  }

  private static void unknownFields(Map<String, String> rules) {
    unknown(rules, "spec", "object.spec", AppSandboxSpec.class);
    unknown(rules, "hold", part("hold"), Hold.class);
    unknown(rules, "readyWhen", part("readyWhen"), AppSandboxSpec.ReadyWhen.class);
    unknown(rules, "devices", part("devices"), AppSandboxSpec.Selector.class);
    unknown(rules, "image", part("image"), AppSandboxImage.class);
    unknown(rules, "run", part("run"), AppSandboxSpec.Run.class);
    HealthSchema.unknown(rules);
    unknown(rules, "maintenance", part("maintenance"), AppSandboxMaintenance.class);
    for (String list : List.of("apply", "download")) {
      unknownInItems(
          rules,
          list.equals("apply") ? "window" : "downloadWindow",
          "(has(object.spec.maintenance) && has(object.spec.maintenance.%1$s) ? object.spec.maintenance.%1$s : [])"
              .formatted(list),
          KnownFields.of(AppSandboxMaintenance.Window.class));
    }
    unknown(rules, "systemCalls", part("systemCalls"), AppSandboxSpec.SystemCalls.class);
    unknown(
        rules,
        "drift",
        "(variables.driftMap ? object.spec.drift : {})",
        AppSandboxSpec.Drift.class);
    unknownInItems(
        rules, "ignore", "variables.ignore", KnownFields.of(AppSandboxSpec.IgnoreRule.class));
    unknownInItems(
        rules,
        "matchExpressions",
        "(has(object.spec.devices) && has(object.spec.devices.matchExpressions) ?"
            + " object.spec.devices.matchExpressions : [])",
        KnownFields.of(AppSandboxSpec.Requirement.class));
    for (Permission permission : Permission.values()) {
      List<String> known = PermissionSchema.fields(permission);
      if (!known.isEmpty()) {
        unknownInItems(rules, permission.key(), "variables." + permission.key(), known);
      }
    }
  }

  /** What an earlier release let in as text stays until somebody changes it. */
  private static void drift(Map<String, String> rules) {
    rules.put(
        "driftShape",
        "has(object.spec.drift) && !variables.driftMap && !(oldObject != null &&"
            + " has(oldObject.spec.drift) && oldObject.spec.drift == object.spec.drift) ?"
            + " ['drift is not a map: write drift: {mode: Detect} or drift: {mode: Correct}'] : []");
    rules.put(
        "ignoredProperties",
        "variables.ignore.filter(i, !(i.property in %s)).map(i, \"drift.ignore: '\" + i.property + %s)"
            .formatted(
                Cel.list(IgnoreCheck.ignorable()),
                Cel.text(
                    "' cannot be ignored: only resource limits, scheduling and restarts can be, for"
                        + " example CPUWeight")));
    rules.put(
        "ignoredTwice",
        "variables.ignore.exists(a, variables.ignore.filter(b, b.property == a.property).size() > 1)"
            + " ? ['drift.ignore: a property is listed twice: remove one of the entries'] : []");
    rules.put(
        "ignoreReasons",
        "variables.ignore.filter(i, %s || %s).map(i, \"drift.ignore: the reason of '\" + i.property + %s)"
            .formatted(
                Cel.matches("i.reason", "^\\s*$"),
                Cel.matches("i.reason", "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]"),
                Cel.text("' is not one line of text that shows: " + IgnoreRule.HELP)));
  }

  private static String part(String name) {
    return "(" + PolicyFacts.orEmpty("object.spec." + name, "{}") + ")";
  }

  private static void unknown(
      Map<String, String> rules, String name, String object, Class<? extends Record> part) {
    unknownAt(rules, name, name.equals("spec") ? "spec" : "spec." + name, object, part);
  }

  static void unknownAt(
      Map<String, String> rules,
      String name,
      String place,
      String object,
      Class<? extends Record> part) {
    List<String> known = KnownFields.of(part);
    rules.put(
        name + "Fields",
        "%s.filter(k, !(k in %s)).map(k, \"unknown field '\" + k + %s)"
            .formatted(
                object,
                Cel.list(known),
                Cel.text("' in " + place + ": known here: " + String.join(", ", known))));
  }

  static void unknownInItems(
      Map<String, String> rules, String name, String items, List<String> known) {
    String place =
        switch (name) {
          case "matchExpressions" -> "devices." + name;
          case "ignore" -> "drift." + name;
          case "window" -> "maintenance.apply";
          case "downloadWindow" -> "maintenance.download";
          case "files", "secrets", "raw", "variables" -> name;
          case "from" -> "files.from";
          case "configMap", "appContent" -> "files.from." + name;
          case "secretFrom" -> "secrets.from";
          case "secret" -> "secrets.from.secret";
          default -> "permissions." + name;
        };
    rules.put(
        name + "EntryFields",
        ("%s.map(i, i.filter(k, !(k in %s))).filter(l, l.size() > 0)"
                + ".map(l, \"unknown field '\" + l.join(\"', '\") + %s)")
            .formatted(
                items,
                Cel.list(known),
                Cel.text(
                    "' in "
                        + place
                        + ": "
                        + instead(name)
                        + "known here: "
                        + String.join(", ", known))));
  }

  /** What people write who do not know yet that it cannot be enforced. */
  private static String instead(String permission) {
    return switch (permission) {
      case "from", "secrets" ->
          "files beside a manifest can be named only in a repository, which a GitSource follows; ";
      case "secret" -> "a Secret is always one of the same namespace, and never optional; ";
      case "configMap" -> "a ConfigMap is always one of the same namespace, and never optional; ";
      default -> "";
    };
  }

  /** Values of permissions that are of no kind that the permission takes. */
  private static void shapes(Map<String, String> rules) {
    rules.put(
        "nullToggles",
        "%s.filter(k, k in variables.permissions && variables.permissions[k] == null).map(k, 'permissions.' + k + ' must be true or false, found null: remove the line or give it a value')"
            .formatted(
                Cel.list(
                    Arrays.stream(Permission.values())
                        .filter(Permission::isGrantedByTrue)
                        .map(Permission::key)
                        .toList())));
    for (Permission permission : Permission.values()) {
      String key = permission.key();
      String value = "variables.permissions." + key;
      String vague =
          "permissions.%s: true does not say which: write for example %s"
              .formatted(key, permission.example());
      String other =
          switch (permission.shape()) {
            case TOGGLE, DIRECTORY, BUS_NAMES -> "";
            case NAMESPACE ->
                "permissions.%s is not a name or false: write for example %s"
                    .formatted(key, permission.example());
            case DESTINATIONS, PORTS, VOLUMES, DEVICES, APPS, SETTINGS, MODULES, UNITS ->
                "permissions.%s is not a list or false: write for example %s"
                    .formatted(key, permission.example());
          };
      if (!other.isEmpty()) {
        String type = permission.shape() == Permission.Shape.NAMESPACE ? "string" : "list";
        rules.put(
            key + "Shape",
            "!(%s in variables.permissions) || type(%s) == %s || %s == false ? [] : %s == true ? [%s] : [%s]"
                .formatted(
                    Cel.text(key), value, type, value, value, Cel.text(vague), Cel.text(other)));
      }
    }
  }

  private static void values(Map<String, String> rules) {
    rules.put(
        "cidrs",
        each(
            "internetTo",
            "has(i.cidr) && !isIP(i.cidr) && !isCIDR(i.cidr)",
            "cidr",
            "is not an address prefix: write an IPv4 or IPv6 prefix such as 203.0.113.0/24 or"
                + " 2001:db8::/32"));
    HostRules.add(rules);
    rules.put(
        "endPorts",
        "variables.ports.filter(i, has(i.endPort) && i.port > 0 && i.endPort < i.port).map(i,"
            + " 'permissions.ports: endPort ' + string(i.endPort) + ' is below port: write a number"
            + " from ' + string(i.port) + ' to 65535')");
    rules.put(
        "endOfAnyPort",
        ("variables.ports.filter(i, has(i.endPort) && i.port == 0).map(i, 'permissions.ports: endPort"
                + " ' + string(i.endPort) + ' ends a range that has no beginning: remove it: port: 0"
                + " is every port from %d up')")
            .formatted(PortRange.UNPRIVILEGED));
    VolumeRules.add(rules);
    HardwareRules.add(rules);
    KernelSettingRules.add(rules);
    String namespace = "variables.permissions.networkNamespace";
    rules.put(
        "namespaceName",
        "'networkNamespace' in variables.permissions && type(%s) == string && !%s ? [\"permissions.networkNamespace: '\" + %s + %s] : []"
            .formatted(
                namespace,
                Cel.matches(namespace, Cel.NAME),
                namespace,
                Cel.text(
                    "' cannot be the name of a network namespace: write the NAME that was given to"
                        + " ip netns add")));
  }

  static String each(String permission, String wrong, String field, String why) {
    return "variables.%s.filter(i, %s).map(i, \"permissions.%s: '\" + i.%s + %s)"
        .formatted(permission, wrong, permission, field, Cel.text("' " + why));
  }

  /** The last port of an entry of {@code ports}. */
  private static String last(String entry) {
    return "(has(%s.endPort) ? %s.endPort : %s.port)".formatted(entry, entry, entry);
  }

  private static void conflicts(Map<String, String> rules) {
    rules.put(
        "withheldInOpenMode",
        "variables.closed ? [] : %s.filter(k, k in variables.permissions && (variables.permissions[k] == false || variables.permissions[k] == [])).map(k, 'permissions: ' + k + ' cannot be withheld from ' + (variables.adopts ? 'a service that run.unit confines: remove the line' : 'an app in open mode, which is root: remove the line, or use mode: Closed'))"
            .formatted(
                Cel.list(
                    Arrays.stream(Permission.values())
                        .filter(p -> !p.canBeWithheldInOpenMode())
                        .map(Permission::key)
                        .toList())));
    TogetherRules.add(rules);
    rules.put(
        "noDestination",
        conflict(
            "'internetTo' in variables.permissions && (variables.permissions.internetTo == false ||"
                + " variables.permissions.internetTo == []) && 'internet' in variables.permissions"
                + " && variables.permissions.internet == true",
            "internet is granted and internetTo withholds every destination: set internet: false,"
                + " or remove internetTo"));
    rules.put(
        "narrowsNothing",
        conflict(
            "variables.internetTo.size() > 0 && !variables.hasInternet",
            "internetTo narrows internet, which is not granted: set internet: true, or remove"
                + " internetTo"));
    rules.put(
        "portsWithoutNetwork",
        conflict(
            "variables.ports.size() > 0 && !variables.hasInternet && !variables.hasLocalNetwork && !"
                + GivenSocketRules.ANY,
            "ports that the app opens itself need a network, and neither internet nor localNetwork"
                + " is granted: grant internet: true or localNetwork: true, which lets the app open"
                + " its own connections too"));
    String protocol = "(has(%s.protocol) ? %s.protocol : 'TCP')";
    String one = protocol.formatted("a", "a");
    String two = protocol.formatted("b", "b");
    rules.put(
        "samePort",
        conflict(
            ("variables.ports.exists(a, variables.ports.filter(b, b.port <= %s && a.port <= %s && %s"
                    + " == %s).size() > 1)")
                .formatted(last("a"), last("b"), one, two),
            "a port is listed twice: remove one, or make a range smaller"));
    rules.put(
        "anyPortAndPrivileged",
        conflict(
            ("variables.ports.exists(a, a.port == 0) && variables.ports.exists(a, a.port > 0 &&"
                    + " a.port < %d)")
                .formatted(PortRange.UNPRIVILEGED),
            ("port 0 beside a port below %d would open every port below it too: write port: %d,"
                    + " endPort: 65535 instead of port: 0")
                .formatted(PortRange.UNPRIVILEGED, PortRange.UNPRIVILEGED)));
    String name = "(has(%s.name) ? %s.name : %s.lowerAscii() + '-' + string(%s.port))";
    rules.put(
        "samePortName",
        conflict(
            "variables.ports.exists(a, variables.ports.filter(b, %s == %s).size() > 1)"
                .formatted(name.formatted("a", "a", one, "a"), name.formatted("b", "b", two, "b")),
            "two ports have one name: rename one"));
  }

  static String conflict(String wrong, String message) {
    return wrong + " ? [" + Cel.text("permissions: " + message) + "] : []";
  }
}
