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
 * once, and their values are in memory once. What lines say is for others to choose, so little is
 * kept of it: few lines, and none that is long or comes to much.
 */
final class KnownValues {

  /** Of filters on system calls, whose values depend on the table of calls. */
  static final int MOST_FILTERS = 16;

  /** Characters of the lines of one directive; longer ones are of one app alone. */
  static final int LONGEST = 2048;

  private static final int MOST_LINES = 256;

  /** Of one value, but for a filter on system calls, which has as many as there are calls. */
  private static final int MOST_ITEMS = 128;

  /** What is run and with what environment is of one app, and may be its secret. */
  private static final Set<String> SHARED = shared();

  /** Of all directives whose values depend on the version of systemd alone. */
  private static final KnownValues LINES = new KnownValues(MOST_LINES);

  private final Map<Lines, Optional<Value>> values;

  /**
   * @param most how many are kept
   */
  KnownValues(int most) {
    this.values = new Latest<>(most);
  }

  private record Lines(String directive, int systemdVersion, List<String> texts) {}

  /** Those that were used last. */
  private static final class Latest<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    private final int most;

    Latest(int most) {
      super(16, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > most;
    }
  }

  /**
   * What the lines come to.
   *
   * @param reader gives the same of the same directive, context and lines
   */
  static Optional<Value> of(
      DirectiveInfo directive,
      Effective.Context context,
      List<String> texts,
      Supplier<Optional<Value>> reader) {
    KnownValues values =
        directive.syntax() == Syntax.SYSCALLS ? context.syscalls().values() : LINES;
    return values.of(directive, context.systemdVersion(), texts, reader);
  }

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
    if (read.map(value -> isLittle(directive, texts, value)).orElse(true)) {
      synchronized (values) {
        values.put(new Lines(directive.name(), systemdVersion, List.copyOf(texts)), read);
      }
    }
    return read;
  }

  /**
   * Six characters can come to thousands of processors, and each call can get a text of its own.
   */
  private static boolean isLittle(DirectiveInfo directive, List<String> texts, Value value) {
    if (directive.syntax() == Syntax.SYSCALLS) {
      return texts.stream().noneMatch(text -> text.indexOf(':') >= 0);
    }
    return switch (value) {
      case Value.Flag _, Value.Text _, Value.Amount _ -> true;
      case Value.Items(var items) -> items.size() <= MOST_ITEMS;
      case Value.Names(var names) -> names.size() <= MOST_ITEMS;
      case Value.Filter(_, var names) -> names.size() <= MOST_ITEMS;
      case Value.Keyed(var entries) -> entries.size() <= MOST_ITEMS;
    };
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
