package dev.sandbar.core.property;

import dev.sandbar.core.model.Cidr;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** One element of a D-Bus array as a name. */
final class BusNames {

  private BusNames() {}

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

  /** Two words, the second always there. */
  static String pair(Raw raw) {
    List<Raw> fields = Canonical.fields(raw);
    return Canonical.str(fields.getFirst()) + ":" + Canonical.str(fields.get(1));
  }

  /** A credential that is imported, and its new name if it gets one. */
  static String imported(Raw raw) {
    if (!(raw instanceof Raw.Tuple(List<Raw> fields))) {
      return Canonical.str(raw);
    }
    return Canonical.str(fields.get(1)).isEmpty() ? Canonical.str(fields.getFirst()) : pair(raw);
  }

  /**
   * @param fields bytes, a share of the file system of which all bits are the whole, and whether it
   *     is set (org.freedesktop.systemd1(5), StateDirectoryQuota)
   */
  static String quota(List<Raw> fields) {
    if (!Canonical.str(fields.get(2)).equals("yes")) {
      return Numbers.showAmount(-1);
    }
    long bytes = Canonical.num(fields.getFirst());
    return bytes == -1
        ? Long.toUnsignedString(Canonical.num(fields.get(1))) + " of 4294967295"
        : Long.toUnsignedString(bytes);
  }

  static String bind(Raw raw) {
    List<Raw> fields = Canonical.fields(raw);
    return Forms.bind(
        ((Raw.Bool) fields.get(2)).value(),
        Canonical.str(fields.get(0)),
        Canonical.str(fields.get(1)),
        Canonical.num(fields.get(3)));
  }

  static String cidr(Raw raw) {
    List<Raw> fields = Canonical.fields(raw);
    return Cidr.of(Canonical.bytes(fields.get(1)), (int) Canonical.num(fields.get(2))).toString();
  }

  static String bindRule(Raw raw) {
    List<Raw> fields = Canonical.fields(raw);
    return Forms.bindRule(
        Canonical.num(fields.get(0)),
        Canonical.num(fields.get(1)),
        Canonical.num(fields.get(2)),
        Canonical.num(fields.get(3)));
  }
}
