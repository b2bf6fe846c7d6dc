package dev.sandbar.core.property;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Every directive that Sandbar understands on both sides: as unit text and as D-Bus property. */
public final class DirectiveTable {

  private static final SortedMap<String, DirectiveInfo> ALL = index();

  private DirectiveTable() {}

  /** The directive of this name; empty if Sandbar does not know it. */
  public static Optional<DirectiveInfo> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** All of them, by name. */
  public static SortedMap<String, DirectiveInfo> all() {
    return ALL;
  }

  /** Those that bear on the sandbox and that this version of systemd has, in order of name. */
  public static List<DirectiveInfo> sandbox(int systemdVersion) {
    return ALL.values().stream().filter(d -> d.sandbox() && d.existsIn(systemdVersion)).toList();
  }

  private static SortedMap<String, DirectiveInfo> index() {
    var byName = new TreeMap<String, DirectiveInfo>();
    Stream.of(
            IdentityDirectives.ALL,
            FilesystemDirectives.ALL,
            NetworkDirectives.ALL,
            KernelDirectives.ALL,
            LimitDirectives.ALL,
            ServiceDirectives.ALL)
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
