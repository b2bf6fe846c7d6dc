package dev.sandbar.schema;

import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.compile.IsolationRules;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.property.DirectiveOverride.Accepted;
import dev.sandbar.core.property.DirectiveOverride.OpenOnly;
import dev.sandbar.core.property.DirectiveOverride.Refused;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules of the admission policy about directives, system calls and the program. */
final class DirectiveRules {

  private static final String VALUE =
      "(type(variables.directives[k]) == list ? variables.directives[k][0] :"
          + " variables.directives[k])";
  private static final String TEXT = "string" + VALUE;
  private static final String WORD = TEXT + ".lowerAscii()";
  private static final String YES = "['yes', 'true', 'on', '1', 'y', 't']";
  private static final String NO = "['no', 'false', 'off', '0', 'n', 'f']";

  private DirectiveRules() {}

  static void add(Map<String, String> rules) {
    var refused = new TreeMap<String, String>();
    DirectiveTable.overrides(Refused.class).forEach((k, v) -> refused.put(k, v.instead()));
    rules.put(
        "unknownDirectives",
        ("variables.directives.filter(k, !(k in %s || k in %s)).map(k, \"unknown directive '\" + k"
                + " + \"': kubectl explain appsandbox.spec.directives names the known ones\")")
            .formatted(Cel.list(DirectiveSchema.names()), Cel.list(refused.keySet())));
    rules.put(
        "otherDirectives",
        "variables.directives.filter(k, k in %s).map(k, 'directives.' + k + ' is not accepted: ' + (%s)[k])"
            .formatted(Cel.list(refused.keySet()), Cel.map(refused)));
    rules.put(
        "directiveShapes",
        "variables.directives.filter(k, !(k in variables.values)).map(k, 'directives.' + k + ' must"
            + " be a single value or a list of values')");
    var openly = new TreeMap<String, String>();
    DirectiveTable.overrides(OpenOnly.class).forEach((k, v) -> openly.put(k, v.instead()));
    rules.put(
        "openDirectives",
        "!variables.closed ? [] : [%s].map(t, variables.directives.filter(k, k in t).map(k, 'directives.' + k + ' is not accepted: ' + t[k]))[0]"
            .formatted(Cel.map(openly)));
    for (Mode mode : Mode.values()) {
      rules.put(mode == Mode.CLOSED ? "closedSettings" : "openSettings", settings(mode));
    }
    switches(rules);
    words(rules);
    paths(rules);
    rules.put(
        "twoRoots",
        "has(object.spec.image) && 'RootImage' in variables.directives ? ['directives.RootImage and"
            + " image both name the root of the app: remove directives.RootImage'] : []");
    calls(rules);
  }

  private static String settings(Mode mode) {
    var accepted = new TreeMap<String, Accepted>();
    DirectiveTable.overrides(Setting.class).forEach((k, v) -> accepted.put(k, v.in(mode)));
    if (mode == Mode.OPEN) {
      DirectiveTable.overrides(OpenOnly.class).forEach((k, v) -> accepted.put(k, v.open()));
    }
    String table =
        accepted.entrySet().stream()
            .map(
                e ->
                    "%s: [%s, %s]"
                        .formatted(
                            Cel.text(e.getKey()),
                            Cel.pattern("^(" + e.getValue().pattern() + ")$"),
                            Cel.text(e.getValue().shown())))
            .collect(Collectors.joining(", ", "{", "}"));
    return ("%svariables.closed ? [] : [%s].map(t, variables.values.filter(k, k in t && (!(k in"
            + " variables.single) || !%s.matches(t[k][0]))).map(k, 'directives.' + k + ' is not"
            + " usable: write ' + t[k][1]))[0]")
        .formatted(mode == Mode.CLOSED ? "!" : "", table, TEXT);
  }

  private static void switches(Map<String, String> rules) {
    var switches = new TreeMap<String, String>();
    DirectiveTable.overrides(Switch.class).forEach((k, v) -> switches.put(k, v.instead()));
    String isSwitch = "k in " + Cel.list(switches.keySet());
    rules.put(
        "switchWords",
        "variables.values.filter(k, %s && (!(k in variables.single) || !(%s in %s || %s in %s))).map(k, 'directives.' + k + ': write yes or no')"
            .formatted(isSwitch, WORD, YES, WORD, NO));
    rules.put(
        "wallsTurnedOff",
        ("!variables.closed ? [] : variables.single.filter(k, %s && %s in %s && !(k =="
                + " 'MemoryDenyWriteExecute' && variables.hasJit)).map(k, 'directives.' + k + '="
                + "' + %s + ' would turn off a wall of the closed mode: ' + (%s)[k])")
            .formatted(isSwitch, WORD, NO, TEXT, Cel.map(switches)));
    rules.put(
        "withheldTurnedOff",
        ("variables.closed ? [] : variables.single.filter(k, %s in %s && (k =="
                + " 'MemoryDenyWriteExecute' && !variables.hasJit || k == 'RestrictRealtime' && %s ||"
                + " k == 'PrivateDevices' && (%s))).map(k, 'directives.' + k + '=' + %s + ' would turn"
                + " off what a withheld permission turns on: remove the line, or the permission that"
                + " is withheld')")
            .formatted(
                WORD,
                NO,
                withheld(Permission.REALTIME),
                Stream.concat(
                        Stream.of(Permission.DEVICES, Permission.SERIAL, Permission.USB),
                        Hardware.permissions().stream())
                    .map(DirectiveRules::withheld)
                    .collect(Collectors.joining(" || ")),
                TEXT));
    network(rules);
    rules.put(
        "namespaceWithheld",
        ("'NetworkNamespacePath' in variables.directives && %s ? ['directives.NetworkNamespacePath"
                + " joins a network namespace, which permissions.networkNamespace withholds: remove"
                + " one of them'] : []")
            .formatted(withheld(Permission.NETWORK_NAMESPACE)));
    rules.put(
        "memoryLimitOpens",
        "%s ? variables.values.filter(k, k == 'LimitMEMLOCK' && k in variables.single && %s != '0').map(k, 'directives.' + k + ' lets the app lock memory, which permissions.lockMemory withholds: remove one of them') : []"
            .formatted(withheld(Permission.LOCK_MEMORY), TEXT));
    takenBack(rules, "jit", "variables.hasJit", "MemoryDenyWriteExecute", "");
    takenBack(
        rules,
        "realtime",
        "'realtime' in variables.permissions && variables.permissions.realtime == true",
        "RestrictRealtime",
        "");
    takenBack(
        rules,
        "ports",
        "variables.ports.exists(p, p.port > 0 && p.port < %d)".formatted(PortRange.UNPRIVILEGED),
        "PrivateUsers",
        ", a port below " + PortRange.UNPRIVILEGED);
  }

  /** A wall that is turned on by name where a permission goes through it. */
  /** As the compiler judges it by what permissions come to. */
  private static void network(Map<String, String> rules) {
    String ofTheDevice =
        "%s.exists(k, k in variables.permissions && variables.permissions[k] == true)"
            .formatted(
                Cel.list(IsolationRules.ofTheDevice().stream().map(Permission::key).toList()));
    String named =
        "('networkNamespace' in variables.permissions && variables.permissions.networkNamespace !="
            + " false)";
    String rule =
        "variables.closed && %s ? variables.single.filter(k, k == 'PrivateNetwork' && %s in %s).map(k, 'directives.' + k + '%s) : []";
    rules.put(
        "networkOfTheDevice",
        rule.formatted(
            "!" + ofTheDevice + " && !" + named,
            WORD,
            NO,
            "=' + "
                + TEXT
                + " + ' would put the app into the network of the device: ask for permissions.internet"
                + " or permissions.localNetwork'"));
    rules.put(
        "networkTakenBack",
        rule.formatted(
            ofTheDevice + " && !" + named + " && !('NetworkNamespacePath' in variables.directives)",
            WORD,
            YES,
            " takes away the network that the permissions grant: remove it, or withhold internet and"
                + " localNetwork'"));
    rules.put(
        "networkWithoutEffect",
        rule.formatted(
            "(" + named + " || 'NetworkNamespacePath' in variables.directives)",
            WORD,
            YES,
            " has no effect beside the network namespace that the app joins: remove one of them'"));
  }

  private static void takenBack(
      Map<String, String> rules, String permission, String granted, String wall, String what) {
    rules.put(
        permission + "TakenBack",
        ("variables.closed && %s ? variables.single.filter(k, k == '%s' && %s in %s).map(k,"
                + " 'directives.' + k + ' takes away what permissions.%s grants%s: remove one of"
                + " them') : []")
            .formatted(granted, wall, WORD, YES, permission, what));
  }

  private static void words(Map<String, String> rules) {
    String closed = table(ClosedMode.words(Mode.CLOSED));
    String open = table(ClosedMode.words(Mode.OPEN));
    String withoutState = table(ClosedMode.wordsWithout(Permission.STATE));
    rules.put(
        "weakerWords",
        ("[variables.closed ? %s : %s ? %s : %s].map(t, variables.values.filter(k, k in t && (!(k"
                + " in variables.single) || !(%s in t[k]))).map(k, 'directives.' + k + ' is not"
                + " usable: write one of ' + t[k].join(', ')))[0]")
            .formatted(closed, withheld(Permission.STATE), withoutState, open, TEXT));
  }

  /** With what systemd takes for yes and no. */
  private static String table(Map<String, SortedSet<String>> accepted) {
    return accepted.entrySet().stream()
        .map(
            e -> {
              var words = new ArrayList<>(e.getValue());
              if (words.contains("yes")) {
                words.addAll(List.of("true", "on", "1", "y", "t"));
              }
              if (words.contains("no")) {
                words.addAll(List.of("false", "off", "0", "n", "f"));
              }
              return Cel.text(e.getKey()) + ": " + Cel.list(words);
            })
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static void paths(Map<String, String> rules) {
    rules.put(
        "readOnlyInClosed",
        "variables.closed && 'ReadOnlyPaths' in variables.directives ? ['directives.ReadOnlyPaths: in"
            + " Closed mode an app can write nothing but what permissions grant: remove the line']"
            + " : []");
    String path = "(p.startsWith('-') ? p.substring(1) : p)";
    rules.put(
        "hiddenPaths",
        ("variables.values.filter(k, k in ['InaccessiblePaths', 'ReadOnlyPaths'] &&"
                + " (type(variables.directives[k]) == list ? variables.directives[k] :"
                + " [variables.directives[k]]).exists(v, string(v).split(' ').filter(p, p !="
                + " '').exists(p, %s != '/' && !%s.matches(%s) || variables.closed && (%s in %s ||"
                + " %s.exists(f, %s == f || %s.startsWith(f + '/')))))).map(k, 'directives.' + k + ': write absolute paths of"
                + " files or folders that the sandbox does not fill itself')")
            .formatted(
                path,
                path,
                Cel.text(Cel.PATH),
                path,
                Cel.list(ClosedMode.mountedFolders()),
                Cel.list(ClosedMode.kernelFolders()),
                path,
                path));
  }

  private static String withheld(Permission permission) {
    String value = "variables.permissions." + permission.key();
    return "(%s in variables.permissions && (%s == false || %s == []))"
        .formatted(Cel.text(permission.key()), value, value);
  }

  private static void calls(Map<String, String> rules) {
    rules.put(
        "closedCalls",
        ("variables.closed && has(object.spec.systemCalls) && has(object.spec.systemCalls.allow) ?"
                + " [%s].map(t, object.spec.systemCalls.allow.filter(n, n in t).map(n,"
                + " 'systemCalls.allow: ' + n + ' would open what the permissions close: ' +"
                + " t[n]))[0] : []")
            .formatted(Cel.map(ClosedMode.calls())));
    for (Permission permission : Permission.values()) {
      SortedSet<String> withheld = ClosedMode.withheldWith(permission);
      if (!withheld.isEmpty()) {
        rules.put(
            permission.key() + "Calls",
            ("variables.closed && has(object.spec.systemCalls) &&"
                    + " has(object.spec.systemCalls.allow) && %s ?"
                    + " object.spec.systemCalls.allow.filter(n, n in %s).map(n, 'systemCalls.allow: '"
                    + " + n + ' opens what permissions.%s withholds: remove one of them') : []")
                .formatted(withheld(permission), Cel.list(withheld), permission.key()));
      }
    }
  }
}
