package dev.sandbar.core.property;

import dev.sandbar.core.model.Cidr;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** One element of a D-Bus array as a name. */
final class BusNames {

  private BusNames() {}

  static String name(Syntax syntax, Raw raw) {
    return switch (syntax) {
      case PATHS -> Forms.path(Canonical.str(raw));
      case BINDS -> bind(Canonical.fields(raw));
      case CIDRS -> cidr(Canonical.fields(raw));
      case BIND_RULES -> bindRule(Canonical.fields(raw));
      case CREDENTIALS -> pair(Canonical.fields(raw), true);
      case IMPORTS ->
          raw instanceof Raw.Tuple tuple ? pair(tuple.fields(), false) : Canonical.str(raw);
      case LOG_FIELDS -> new String(Canonical.bytes(raw), StandardCharsets.UTF_8);
      default -> Canonical.str(raw);
    };
  }

  /**
   * @param links structures of name, link and flags; an older systemd lists only the names that
   *     have a link
   */
  static SortedSet<String> directories(List<Raw> names, List<Raw> links) {
    var linked = new TreeSet<String>();
    var all = new TreeSet<String>();
    for (Raw raw : links) {
      if (raw instanceof Raw.Tuple(List<Raw> f)) {
        linked.add(Canonical.str(f.getFirst()));
        all.add(
            Forms.directory(
                Canonical.str(f.get(0)), Canonical.str(f.get(1)), Canonical.num(f.get(2))));
      }
    }
    names.stream().map(Canonical::str).filter(n -> !linked.contains(n)).forEach(all::add);
    return all;
  }

  /** {@code r}, {@code w} and {@code m} of both, in that order. */
  static String unionOfAccess(String one, String other) {
    var all = new StringBuilder();
    for (char c : new char[] {'r', 'w', 'm'}) {
      if (one.indexOf(c) >= 0 || other.indexOf(c) >= 0) {
        all.append(c);
      }
    }
    return all.toString();
  }

  private static String pair(List<Raw> fields, boolean always) {
    String first = Canonical.str(fields.getFirst());
    String second = Canonical.str(fields.get(1));
    return second.isEmpty() && !always ? first : first + ":" + second;
  }

  private static String bind(List<Raw> fields) {
    return Forms.bind(
        ((Raw.Bool) fields.get(2)).value(),
        Canonical.str(fields.get(0)),
        Canonical.str(fields.get(1)),
        Canonical.num(fields.get(3)));
  }

  private static String cidr(List<Raw> fields) {
    return Cidr.of(Canonical.bytes(fields.get(1)), (int) Canonical.num(fields.get(2))).toString();
  }

  private static String bindRule(List<Raw> fields) {
    return Forms.bindRule(
        Canonical.num(fields.get(0)),
        Canonical.num(fields.get(1)),
        Canonical.num(fields.get(2)),
        Canonical.num(fields.get(3)));
  }
}
