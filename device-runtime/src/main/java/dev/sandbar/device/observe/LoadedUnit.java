package dev.sandbar.device.observe;

import dev.sandbar.core.attest.KernelChecks;
import dev.sandbar.core.attest.QuotaChecks;
import dev.sandbar.core.compile.KernelTuning;
import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.compile.NeededModules;
import dev.sandbar.core.compile.SharedRules;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.plan.HiddenPaths;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawProperties;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.report.Runs;
import dev.sandbar.device.kernel.KernelFactsReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Picks the state of a unit out of its D-Bus properties. */
final class LoadedUnit {

  private static final String STAMP = "SANDBAR_GENERATION=";

  /** Number and path of the unit's job; 0 if there is none. */
  private static final String JOB = "Job";

  /** Properties that are no directives. */
  private static final List<String> STATE =
      List.of(
          "LoadState",
          "ActiveState",
          "SubState",
          "UnitFileState",
          "FragmentPath",
          "DropInPaths",
          "NeedDaemonReload",
          "InvocationID",
          "Environment",
          "Result",
          "ExecMainStatus",
          "NRestarts",
          JOB,
          "ControlGroup",
          "MainPID",
          // Which of the units beside it the app has.
          "Requires",
          "BindsTo",
          // Of a socket: on what it is open, whatever its file says since.
          "Listen",
          // Another process of the same number is another one.
          "ExecMainStartTimestampMonotonic");

  private static final List<String> PROBED =
      List.of("192.0.2.1", "10.0.0.1", "169.254.1.1", "127.0.0.1", "2001:db8::1", "fe80::1", "::1");

  private LoadedUnit() {}

  /** Names of all properties that an observation needs. */
  static Set<String> names() {
    var names = new HashSet<>(DirectiveTable.properties());
    names.addAll(STATE);
    names.addAll(Runs.properties());
    return names;
  }

  static Loaded of(Map<String, Raw> properties) {
    return new Loaded(
        text(properties, "LoadState"),
        text(properties, "ActiveState"),
        text(properties, "SubState"),
        text(properties, "UnitFileState"),
        text(properties, "FragmentPath"),
        texts(properties, "DropInPaths"),
        properties.get("NeedDaemonReload") instanceof Raw.Bool(boolean needed) && needed,
        hex(properties, "InvocationID"),
        generation(texts(properties, "Environment")),
        text(properties, "Result"),
        (int) number(properties, "ExecMainStatus"),
        number(properties, "NRestarts"),
        properties.get(JOB) instanceof Raw.Tuple(List<Raw> job)
            && job.getFirst() instanceof Raw.Int(long id)
            && id != 0);
  }

  static String text(Map<String, Raw> properties, String name) {
    return properties.get(name) instanceof Raw.Str(String text) ? text : "";
  }

  static long number(Map<String, Raw> properties, String name) {
    return properties.get(name) instanceof Raw.Int(long bits) ? bits : 0;
  }

  private static List<String> texts(Map<String, Raw> properties, String name) {
    var texts = new ArrayList<String>();
    if (properties.get(name) instanceof Raw.Array(List<Raw> items)) {
      for (Raw item : items) {
        if (item instanceof Raw.Str(String text)) {
          texts.add(text);
        }
      }
    }
    return texts;
  }

  /**
   * Paths that it hides and that stay where they are, without the signs before them. What lies in a
   * volume can be moved by every app that may write there, and would be evidence of their making.
   */
  static List<String> hidden(Map<String, Raw> properties) {
    var mounts = new ArrayList<String>();
    for (String binds : List.of("BindPaths", "BindReadOnlyPaths")) {
      if (properties.get(binds) instanceof Raw.Array(List<Raw> items)) {
        for (Raw item : items) {
          if (item instanceof Raw.Tuple(List<Raw> fields)
              && fields.size() > 1
              && fields.get(1) instanceof Raw.Str(String place)
              // What is bound over itself shows nothing that was not there.
              && !fields.getFirst().equals(fields.get(1))) {
            mounts.add(place);
          }
        }
      }
    }
    return texts(properties, HiddenPaths.DIRECTIVE).stream()
        .filter(path -> path.indexOf('/') >= 0)
        .map(path -> path.substring(path.indexOf('/')))
        .filter(path -> mounts.stream().noneMatch(mount -> path.startsWith(mount + "/")))
        .toList();
  }

  /**
   * What the kernel has to be asked about it: the paths of the directives that shape its mounts,
   * and the files of the cgroup that hold a limit.
   *
   * @param systemdVersion major version
   */
  static KernelFactsReader.Asked asked(RawProperties properties, int systemdVersion) {
    var files = new TreeSet<String>();
    for (String name : DirectiveTable.shownBy(Evidence.CGROUP_FILES)) {
      DirectiveTable.find(name)
          .filter(
              it ->
                  Canonical.of(it, properties, systemdVersion)
                      .filter(LoadedUnit::isSet)
                      .isPresent())
          .ifPresent(it -> files.add(it.hold().kernelName()));
    }
    List<Value> mounts =
        DirectiveTable.shownBy(Evidence.MOUNTS).stream()
            .flatMap(name -> DirectiveTable.find(name).stream())
            .flatMap(directive -> Canonical.of(directive, properties, systemdVersion).stream())
            .toList();
    return new KernelFactsReader.Asked(
        KernelChecks.paths(mounts),
        files,
        addresses(properties, systemdVersion),
        properties.get("NetworkNamespacePath") instanceof Raw.Str(String path) && !path.isEmpty()
            ? new TreeSet<>(List.of(path))
            : new TreeSet<>(),
        devices(properties, systemdVersion),
        // A closed app without a network has the first, and allows nothing.
        properties.get("PrivateNetwork") instanceof Raw.Bool(boolean own)
            && own
            && properties.get("IPAddressAllow") instanceof Raw.Array(List<Raw> allowed)
            && !allowed.isEmpty(),
        loadsRulesInside(properties),
        settings(texts(properties, "Environment")),
        mounts(texts(properties, "Environment")),
        rooms(properties, systemdVersion));
  }

  /** Its directories of which the size is limited. */
  private static SortedMap<String, SortedSet<String>> rooms(
      RawProperties properties, int systemdVersion) {
    var values = new TreeMap<String, Value>();
    for (AppDirectory directory : AppDirectory.values()) {
      for (String name : List.of(directory.directive(), directory.quota())) {
        DirectiveTable.find(name)
            .flatMap(it -> Canonical.of(it, properties, systemdVersion))
            .ifPresent(value -> values.put(name, value));
      }
    }
    return QuotaChecks.paths(values);
  }

  /** Settings and modules of the device's kernel that it says it needs. */
  private static SortedSet<String> settings(List<String> environment) {
    SortedSet<String> all = words(environment, KernelTuning.VARIABLE + "=");
    all.addAll(words(environment, NeededModules.VARIABLE + "="));
    return all;
  }

  /** Where file systems are mounted that it says it needs. */
  private static SortedSet<String> mounts(List<String> environment) {
    return words(environment, MountUnit.VARIABLE + "=").stream()
        .map(MountUnit::place)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static SortedSet<String> words(List<String> environment, String prefix) {
    return environment.reversed().stream()
        .filter(entry -> entry.startsWith(prefix))
        .findFirst()
        .map(entry -> new TreeSet<>(List.of(entry.substring(prefix.length()).split(" "))))
        .orElse(new TreeSet<>());
  }

  /** Whether its start loads rules of nftables in its own network namespace. */
  private static boolean loadsRulesInside(RawProperties properties) {
    return properties.get("ExecStartPre") instanceof Raw.Array(List<Raw> commands)
        && commands.stream()
            .anyMatch(
                it ->
                    it instanceof Raw.Tuple(List<Raw> fields)
                        && !fields.isEmpty()
                        && fields.getFirst().equals(new Raw.Str(SharedRules.PROGRAM)));
  }

  private static SortedSet<String> devices(RawProperties properties, int systemdVersion) {
    return DirectiveTable.find("DeviceAllow")
        .flatMap(it -> Canonical.of(it, properties, systemdVersion))
        .filter(Value.Keyed.class::isInstance)
        .map(Value.Keyed.class::cast)
        .map(it -> new TreeSet<>(it.entries().keySet()))
        .orElse(new TreeSet<>());
  }

  /**
   * Addresses by which it shows what the programs on packets let through: of the internet, of local
   * networks and of the device, and the first of each prefix that the unit lists.
   */
  private static SortedSet<String> addresses(RawProperties properties, int systemdVersion) {
    var addresses = new TreeSet<String>();
    if (!(properties.get("IPAccounting") instanceof Raw.Bool(boolean counted)) || counted) {
      return addresses;
    }
    addresses.addAll(PROBED);
    for (String name : DirectiveTable.shownBy(Evidence.IP_FILTER)) {
      DirectiveTable.find(name)
          .flatMap(directive -> Canonical.of(directive, properties, systemdVersion))
          .filter(Value.Names.class::isInstance)
          .map(Value.Names.class::cast)
          .ifPresent(
              list ->
                  list.names().forEach(prefix -> addresses.add(prefix.replaceFirst("/.*", ""))));
    }
    return addresses;
  }

  /** Neither without a limit nor left to the kernel. */
  private static boolean isSet(Value value) {
    return !value.equals(new Value.Amount(-1)) && !value.equals(new Value.Amount(0));
  }

  private static String hex(Map<String, Raw> properties, String name) {
    var hex = new StringBuilder();
    if (properties.get(name) instanceof Raw.Array(List<Raw> items)) {
      for (Raw item : items) {
        if (item instanceof Raw.Int(long bits)) {
          hex.append(Character.forDigit((int) (bits >> 4) & 15, 16));
          hex.append(Character.forDigit((int) bits & 15, 16));
        }
      }
    }
    return hex.toString();
  }

  /** The last assignment wins, as in the environment of the process. */
  private static String generation(List<String> environment) {
    return environment.reversed().stream()
        .filter(entry -> entry.startsWith(STAMP))
        .map(entry -> entry.substring(STAMP.length()))
        .findFirst()
        .orElse("");
  }
}
