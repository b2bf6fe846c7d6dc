package dev.sandbar.core.property;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every directive that Sandbar understands on both sides: as unit text and as D-Bus property. */
public final class DirectiveTable {

  private static final SortedMap<String, DirectiveInfo> ALL = index();
  private static final Map<String, DirectiveInfo> BY_NAME = Map.copyOf(ALL);
  private static final Set<String> OF_RUN =
      Stream.of(ServiceDirectives.ALL, DependencyDirectives.ALL)
          .flatMap(List::stream)
          .map(DirectiveInfo::name)
          .collect(Collectors.toUnmodifiableSet());
  private static final Set<String> PROPERTIES = propertiesOf(ALL.values());

  private static final SortedMap<String, String> LIVE = live(ALL.values());

  private DirectiveTable() {}

  /** The directive of this name; empty if Sandbar does not know it. */
  public static Optional<DirectiveInfo> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** Whether it says how a service runs, or what it depends on, whatever manual has it. */
  static boolean ofRun(String name) {
    return OF_RUN.contains(name);
  }

  /** All of them, by name. */
  public static SortedMap<String, DirectiveInfo> all() {
    return ALL;
  }

  /** Those that bear on the sandbox and that this version of systemd has, in order of name. */
  public static List<DirectiveInfo> sandbox(int systemdVersion) {
    return ALL.values().stream().filter(d -> d.sandbox() && d.existsIn(systemdVersion)).toList();
  }

  /** Those that {@code directives:} of a spec treats in this way, by name. */
  public static <T extends DirectiveOverride> SortedMap<String, T> overrides(Class<T> kind) {
    var overrides = new TreeMap<String, T>();
    for (DirectiveInfo directive : ALL.values()) {
      if (kind.isInstance(directive.override())) {
        overrides.put(directive.name(), kind.cast(directive.override()));
      }
    }
    return Collections.unmodifiableSortedMap(overrides);
  }

  /** Names of those of which the kernel shows this. */
  public static SortedSet<String> shownBy(Evidence evidence) {
    return ALL.values().stream()
        .filter(directive -> directive.hold().evidence().contains(evidence))
        .map(DirectiveInfo::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The D-Bus properties that systemd takes for a running unit, with their signatures. */
  public static SortedMap<String, String> liveSignatures() {
    return LIVE;
  }

  /** Names of all D-Bus properties that any directive is read from. */
  public static Set<String> properties() {
    return PROPERTIES;
  }

  private static Set<String> propertiesOf(Collection<DirectiveInfo> directives) {
    var names = new HashSet<String>();
    for (DirectiveInfo directive : directives) {
      names.addAll(directive.properties());
      names.add(Canonical.secondName(directive));
    }
    return Set.copyOf(names);
  }

  private static SortedMap<String, String> live(Collection<DirectiveInfo> directives) {
    var signatures = new TreeMap<String, String>();
    directives.stream()
        .filter(DirectiveInfo::liveSettable)
        .forEach(d -> signatures.put(d.properties().getFirst(), d.syntax().signature()));
    return Collections.unmodifiableSortedMap(signatures);
  }

  private static SortedMap<String, DirectiveInfo> index() {
    var byName = new TreeMap<String, DirectiveInfo>();
    Stream.of(
            IdentityDirectives.ALL,
            FilesystemDirectives.ALL,
            NetworkDirectives.ALL,
            KernelDirectives.ALL,
            LimitDirectives.ALL,
            SchedulingDirectives.ALL,
            ServiceDirectives.ALL,
            DependencyDirectives.ALL)
        .flatMap(List::stream)
        .forEach(
            d -> {
              if (byName.put(d.name(), d) != null) {
                throw new IllegalStateException("listed twice: " + d.name());
              }
            });
    return Collections.unmodifiableSortedMap(byName);
  }
}
