package dev.sandbar.core.convert;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.property.WallExceptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says in permissions what the lines of a unit come to, as far as permissions say it: in open mode
 * what is withheld, in closed mode which families of sockets are for what. A permission is written
 * only if it closes nothing that the unit leaves open, and opens nothing that it closes.
 */
final class PermissionWords {

  private static final List<Permission> NETWORKS =
      List.of(Permission.LOCAL_NETWORK, Permission.INTERNET);

  /** Of these {@code false} says more than that an app asks for none. */
  private static final Set<Permission> WHOLE = EnumSet.of(Permission.PORTS, Permission.DEVICES);

  private static final String ADDRESSES = "IPAddressAllow";

  private static final String FAMILIES = "RestrictAddressFamilies";

  /** Lists of what an app is given. */
  private static final Set<String> GIVING =
      Set.of("BindPaths", "BindReadOnlyPaths", "SupplementaryGroups");

  private final Mode mode;
  private final boolean ours;
  private final Set<String> said = new TreeSet<>();
  private final SortedMap<String, Value> unit;

  private PermissionWords(UnitFile unit, UnitName name, Mode mode) {
    this.mode = mode;
    this.ours = isOurs(unit);
    this.unit = effective(unit, name);
    unit.lines().stream()
        .map(UnitFile.Line::name)
        .filter(this.unit::containsKey)
        .forEach(said::add);
  }

  /** What the lines of a unit come to by themselves, as far as they can be read. */
  static SortedMap<String, Value> effective(UnitFile unit, UnitName name) {
    Effective.Context context = ReferenceDevice.facts().context(name);
    var settings = new ArrayList<Setting>();
    for (UnitFile.Line line : unit.lines()) {
      var setting = new Setting(line.name(), line.value());
      if (DirectiveTable.find(line.name()).isPresent() && isReadable(setting, context)) {
        settings.add(setting);
      }
    }
    return Effective.of(settings, context);
  }

  /** Whether Sandbar wrote it: it has the stamp of its text. */
  static boolean isOurs(UnitFile unit) {
    return unit.lines().stream()
        .anyMatch(
            it ->
                it.name().equals("Environment")
                    && it.value().contains(CompiledApp.GENERATION_VARIABLE + "="));
  }

  /** A line that cannot be read, such as one with a specifier, says nothing. */
  private static boolean isReadable(Setting setting, Effective.Context context) {
    try {
      return !Effective.of(List.of(setting), context).isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * The manifest with permissions in the place of lines that they stand for.
   *
   * @param name of the unit that it leads to
   */
  static Node in(Node manifest, UnitFile unit, UnitName name, Mode mode) {
    var words = new PermissionWords(unit, name, mode);
    var added = new ArrayList<Permission>();
    // What narrows a network must not hide that there is one.
    Node all = words.ours ? SpecNodes.without(manifest) : manifest;
    SortedMap<String, Value> before = state(all);
    for (Permission permission : inOrder()) {
      Optional<Node> value = words.value(permission, unit);
      if (value.isPresent() && !SpecNodes.permissions(all).fields().containsKey(permission.key())) {
        Node candidate = SpecNodes.with(all, permission.key(), value.get());
        SortedMap<String, Value> after = state(candidate);
        if (words.say(permission, before, after)) {
          all = candidate;
          before = after;
          added.addFirst(permission);
        }
      }
    }
    all = words.ours ? SpecNodes.with(all, SpecNodes.directives(manifest)) : all;
    Node open = words.ours && mode == Mode.CLOSED ? words.withoutNarrow(all) : all;
    // A network that a line narrows is said by one permission, if one will do.
    Node fewer = mode == Mode.CLOSED ? withoutSpare(open, NETWORKS) : open;
    // What says the same as the others do is left out, the more special ones first.
    return withoutSpare(withoutSpareDirectives(fewer), added);
  }

  /** Without directives that close more than the unit does, once permissions have opened it. */
  private Node withoutNarrow(Node manifest) {
    Node smaller = manifest;
    for (String directive : directives(manifest)) {
      Node candidate = SpecNodes.without(smaller, directive);
      SortedMap<String, Value> after = state(candidate);
      boolean closed =
          changed(state(smaller), after).stream()
              .allMatch(name -> closes(name, unit.get(name), after.get(name)));
      if (closed && !after.isEmpty()) {
        smaller = candidate;
      }
    }
    return smaller;
  }

  private static Node withoutSpare(Node manifest, List<Permission> permissions) {
    Node smaller = manifest;
    SortedMap<String, Value> state = state(manifest);
    for (Permission permission : permissions) {
      Node candidate = SpecNodes.withoutPermission(smaller, permission.key());
      if (state(candidate).equals(state)) {
        smaller = candidate;
      }
    }
    return smaller;
  }

  /** Those that name a kind of hardware come before lists of nodes. */
  private static List<Permission> inOrder() {
    return Arrays.stream(Permission.values())
        // A unit has one socket for all requests, and does not say which the app may make.
        .filter(it -> BrokeredVerb.of(it).isEmpty())
        .sorted(Comparator.comparing(it -> !it.isGrantedByTrue()))
        .toList();
  }

  /** What may be said of a permission; empty if nothing. */
  private Optional<Node> value(Permission permission, UnitFile unit) {
    Optional<Node> list = ListsInLines.value(permission, unit);
    if (list.isPresent()) {
      return list;
    }
    return switch (mode) {
      case OPEN ->
          permission.canBeWithheldInOpenMode()
                  && (permission.isGrantedByTrue() || WHOLE.contains(permission))
                  && !Hardware.permissions().contains(permission)
              ? Optional.of(flag(false))
              : Optional.empty();
      case CLOSED -> permission.isGrantedByTrue() ? Optional.of(flag(true)) : Optional.empty();
    };
  }

  private static Node flag(boolean value) {
    return new Node.Scalar(Location.NOWHERE, Node.Kind.BOOLEAN, Boolean.toString(value));
  }

  private boolean say(
      Permission permission, SortedMap<String, Value> without, SortedMap<String, Value> with) {
    if (with.isEmpty()) {
      return false;
    }
    SortedSet<String> changed = changed(without, with);
    return switch (mode) {
      case OPEN -> changed.stream().allMatch(name -> closes(name, with.get(name), unit.get(name)));
      case CLOSED ->
          isNamed(permission, changed)
              && changed.stream()
                  .filter(name -> (ours || said.contains(name)) && !isOfNoWall(name))
                  .allMatch(
                      name ->
                          closes(name, unit.get(name), added(without.get(name), with.get(name))));
    };
  }

  /**
   * In closed mode a permission opens: there has to be a line that names what it is about. A unit
   * that Sandbar wrote says all that it closes, so that what it does not say is open.
   */
  private boolean isNamed(Permission permission, Set<String> changed) {
    String line = ListsInLines.directive(permission).orElse(FAMILIES);
    return ours ? !changed.isEmpty() : said.contains(line) && changed.contains(line);
  }

  /** Exceptions in a wall that the unit does not have. */
  private boolean isOfNoWall(String name) {
    return WallExceptions.listedBy(name)
        .filter(
            it ->
                Optional.ofNullable(unit.get(it.wall()))
                    .equals(
                        Effective.unset(
                            DirectiveTable.find(it.wall()).orElseThrow(), ReferenceDevice.SYSTEMD)))
        .isPresent();
  }

  /** Without the device nodes that every app has, such as clocks that it may read. */
  private static @Nullable Value added(@Nullable Value before, @Nullable Value after) {
    if (before instanceof Value.Keyed(var had) && after instanceof Value.Keyed(var has)) {
      var more = new TreeMap<>(has);
      more.entrySet().removeAll(had.entrySet());
      return new Value.Keyed(more);
    }
    return after;
  }

  private static AddressSet addresses(Set<String> prefixes) {
    return AddressSet.of(prefixes.stream().map(Cidr::parse).flatMap(Optional::stream).toList());
  }

  private static SortedSet<String> changed(
      SortedMap<String, Value> before, SortedMap<String, Value> after) {
    var names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    names.removeIf(name -> Objects.equals(before.get(name), after.get(name)));
    return names;
  }

  private static boolean closes(String name, @Nullable Value wanted, @Nullable Value found) {
    if (wanted == null || found == null) {
      // Neither says it: what it comes to depends on the device, and is the same.
      return wanted == found;
    }
    if (wanted instanceof Value.Names(var most) && found instanceof Value.Names(var names)) {
      if (GIVING.contains(name)) {
        return most.containsAll(names);
      }
      if (name.equals(ADDRESSES)) {
        // One list may have the whole of what the other has in parts.
        return addresses(most).includes(addresses(names));
      }
    }
    return DirectiveTable.find(name).filter(it -> Tightness.closes(it, wanted, found)).isPresent();
  }

  /** Without the directives that change nothing: the mode or a permission has them already. */
  static Node withoutSpareDirectives(Node manifest) {
    Node smaller = manifest;
    SortedMap<String, Value> state = state(manifest);
    for (String directive : directives(manifest)) {
      Node candidate = SpecNodes.without(smaller, directive);
      // A share of what a device has comes to nothing that is the same on all.
      boolean shows = state.containsKey(directive) || lines(smaller, directive).isEmpty();
      if (shows && state(candidate).equals(state)) {
        smaller = candidate;
      }
    }
    return smaller;
  }

  private static List<String> lines(Node manifest, String directive) {
    return compiled(manifest).stream()
        .flatMap(app -> app.directives().stream())
        .filter(it -> it.name().equals(directive))
        .map(it -> it.value())
        .toList();
  }

  private static List<String> directives(Node manifest) {
    return List.copyOf(SpecNodes.directives(manifest).fields().keySet());
  }

  /** What the unit leads to, without the stamp of its text; empty if there is no unit. */
  private static SortedMap<String, Value> state(Node manifest) {
    var state = new TreeMap<String, Value>();
    compiled(manifest).ifPresent(app -> state.putAll(app.effective()));
    state.remove("Environment");
    return state;
  }

  static Optional<CompiledApp> compiled(Node manifest) {
    return SpecReader.read(manifest) instanceof SpecReader.Read(var app, _)
            && Compiler.compile(app, ReferenceDevice.facts(app))
                instanceof Compilation.Compiled(CompiledApp compiled, _)
        ? Optional.of(compiled)
        : Optional.empty();
  }
}
