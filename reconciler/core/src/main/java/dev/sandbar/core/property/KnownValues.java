package dev.sandbar.core.property;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What lines were read as last. Most lines of a sandbox are the same in all apps: they are read
 * once, and their values are in memory once.
 */
final class KnownValues {

  /** Values of the lines that some dozens of different apps have. */
  private static final int MOST = 512;

  /** Longer lines are of one app alone. */
  private static final int LONGEST = 2048;

  /** What is run and with what environment is of one app, and may be its secret. */
  private static final Set<String> SHARED = shared();

  private final Map<Lines, Optional<Value>> values = new Latest<>();

  private record Lines(String directive, int systemdVersion, List<String> texts) {}

  /** Those that were used last. */
  private static final class Latest<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    Latest() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > MOST;
    }
  }

  /**
   * What the lines come to.
   *
   * @param reader gives the same of the same directive, version and lines
   */
  Optional<Value> of(
      DirectiveInfo directive,
      int systemdVersion,
      List<String> texts,
      Supplier<Optional<Value>> reader) {
    if (!SHARED.contains(directive.name()) || length(texts) > LONGEST) {
      return reader.get();
    }
    var lines = new Lines(directive.name(), systemdVersion, texts);
    synchronized (values) {
      Optional<Value> known = values.get(lines);
      if (known != null) {
        return known;
      }
    }
    Optional<Value> read = reader.get();
    synchronized (values) {
      values.put(new Lines(directive.name(), systemdVersion, List.copyOf(texts)), read);
    }
    return read;
  }

  private static Set<String> shared() {
    return DirectiveTable.all().values().stream()
        .filter(directive -> directive.role() == DirectiveInfo.Role.SANDBOX)
        .map(DirectiveInfo::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static int length(List<String> texts) {
    int length = 0;
    for (String text : texts) {
      length += text.length();
    }
    return length;
  }
}
