package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The rules of nftables (nft(8)) that all apps with a network of their own share: their packets
 * leave with the address of the device, and what they ask {@link DeviceFacts#STUB} goes to the name
 * servers of the device.
 */
public final class SharedRules {

  /** Where the agent keeps the rules; units of apps load them when they start. */
  public static final String FILE = "/var/lib/sandbar/network.nft";

  /** What loads rules. */
  public static final String PROGRAM = "/usr/sbin/nft";

  /** The table, and what the names of those of single apps begin with. */
  public static final String TABLE = "sandbar";

  /** The set of those who were refused at ports of an app, in its own network namespace. */
  public static final String REFUSED_FROM = "refused-from";

  /** The set of destinations that an app was refused, in its own network namespace. */
  public static final String REFUSED_TO = "refused-to";

  /** The table on what leaves the namespace of an app, of family {@code netdev}. */
  public static final String EGRESS = "netdev " + TABLE;

  /** What the names of the device's interfaces to apps begin with. */
  static final String LINKS = "sb-";

  /** The most name servers that are asked in turn; the C library asks no more of a list either. */
  public static final int MOST_SERVERS = 3;

  /** The table as every such app needs it. */
  static final RuleTable DECLARED =
      new RuleTable(
          TABLE,
          "",
          new TreeMap<>(
              Map.of(
                  "prerouting",
                  new RuleTable.Rules(0, 1, true),
                  "postrouting",
                  RuleTable.Rules.exactly(1))),
          RuleTable.Place.DEVICE,
          new UnitName("sandbard-network.service"));

  /** The comment of every rule: one that somebody puts in its place has none. */
  public static final String COMMENT = "sandbar";

  static final String MARK = " comment \"" + COMMENT + "\"\n";

  private SharedRules() {}

  /** The rules of a device that no such app is on. */
  public static String none() {
    var text = new StringBuilder();
    anew(text, "ip " + TABLE);
    return text.toString();
  }

  /**
   * The rules.
   *
   * @param servers IPv4 addresses of the name servers that the device asks, at most {@link
   *     #MOST_SERVERS}; with none of them no app resolves names
   */
  public static String rules(List<String> servers) {
    var text = new StringBuilder();
    table(text, TABLE, chains(servers));
    return text.toString();
  }

  /**
   * The chain that may have no rule stands first: of what is taken out of it the numbers that the
   * kernel gave are missing then.
   */
  private static String chains(List<String> servers) {
    var text = new StringBuilder("  chain prerouting {\n");
    text.append("    type nat hook prerouting priority -100; policy accept;\n");
    if (!servers.isEmpty()) {
      text.append(
          "    iifname \"%s*\" ip daddr %s meta l4proto { tcp, udp } th dport 53 dnat to %s%s"
              .formatted(LINKS, DeviceFacts.STUB, inTurn(servers), MARK));
    }
    text.append("  }\n");
    text.append("  chain postrouting {\n");
    text.append("    type nat hook postrouting priority 100; policy accept;\n");
    text.append("    ip saddr 240.0.0.0/4 oifname != \"%s*\" masquerade%s".formatted(LINKS, MARK));
    text.append("  }\n");
    return text.toString();
  }

  private static String inTurn(List<String> servers) {
    var map = new StringBuilder("numgen inc mod %d map {".formatted(servers.size()));
    for (int i = 0; i < servers.size(); i++) {
      map.append(i == 0 ? " " : ", ").append(i).append(" : ").append(servers.get(i));
    }
    return map.append(" }").toString();
  }

  /** A table that says what it was loaded from. */
  static void table(StringBuilder text, String table, String chains) {
    declare(text, "ip " + table, chains);
  }

  /**
   * The same of any family.
   *
   * @param table family and name
   */
  static void declare(StringBuilder text, String table, String chains) {
    anew(text, table);
    text.append("table %s {\n  comment \"%s\"\n".formatted(table, origin(chains)));
    text.append(chains).append("}\n");
  }

  /** The comment of a table of these chains. */
  static String origin(String chains) {
    return "sha256-" + Sha256.of(chains).hex();
  }

  /** The service that loads a file of the store. */
  static UnitName loader(String stored) {
    return new UnitName("sandbard-network@" + stored + ".service");
  }

  /**
   * The app whose table has that name; empty for that of all apps, and for those of others.
   *
   * @see #isTable
   */
  public static Optional<AppName> app(String table) {
    return Optional.of(table)
        .filter(name -> name.startsWith(TABLE + "-"))
        .map(name -> name.substring(TABLE.length() + 1))
        .filter(AppName::isValid)
        .map(AppName::new);
  }

  /** The names of the tables that the app of a unit may have. */
  public static Set<String> tables(UnitName unit) {
    return unit.ownApp().map(app -> Set.of(TABLE, TABLE + "-" + app)).orElse(Set.of());
  }

  /** Whether a table of that name is of an app, or of all. */
  public static boolean isTable(String table) {
    return table.equals(TABLE) || table.equals(EGRESS) || app(table).isPresent();
  }

  /**
   * What is there of the table goes in the transaction that makes it: nothing is missing between.
   */
  private static void anew(StringBuilder text, String table) {
    text.append("table ").append(table).append('\n');
    text.append("delete table ").append(table).append('\n');
  }
}
