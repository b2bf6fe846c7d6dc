package dev.sandbar.core.compile;

import java.util.List;

/**
 * The rules of nftables (nft(8)) that all apps with a network of their own share: their packets
 * leave with the address of the device, and what they ask {@link DeviceFacts#STUB} goes to the name
 * servers of the device.
 */
public final class SharedRules {

  /** Where the agent keeps the rules; units of apps load them when they start. */
  public static final String FILE = "/var/lib/sandbar/network.nft";

  /** The table, and what the names of those of single apps begin with. */
  static final String TABLE = "sandbar";

  /** What the names of the device's interfaces to apps begin with. */
  static final String LINKS = "sb-";

  /** The most name servers that are asked in turn; the C library asks no more of a list either. */
  public static final int MOST_SERVERS = 3;

  private SharedRules() {}

  /** The rules of a device that no such app is on. */
  public static String none() {
    var text = new StringBuilder();
    anew(text, TABLE);
    return text.toString();
  }

  /**
   * The rules.
   *
   * @param servers IPv4 addresses of the name servers that the device asks, at most {@link
   *     #MOST_SERVERS}; with none of them no app resolves names
   */
  public static String rules(List<String> servers) {
    var text = new StringBuilder(none());
    text.append("table ip ").append(TABLE).append(" {\n");
    text.append("  chain postrouting {\n");
    text.append("    type nat hook postrouting priority 100; policy accept;\n");
    text.append("    ip saddr 240.0.0.0/4 oifname != \"%s*\" masquerade\n".formatted(LINKS));
    text.append("  }\n");
    if (!servers.isEmpty()) {
      text.append("  chain prerouting {\n");
      text.append("    type nat hook prerouting priority -100; policy accept;\n");
      text.append(
          "    iifname \"%s*\" ip daddr %s meta l4proto { tcp, udp } th dport 53 dnat to %s\n"
              .formatted(LINKS, DeviceFacts.STUB, inTurn(servers)));
      text.append("  }\n");
    }
    return text.append("}\n").toString();
  }

  private static String inTurn(List<String> servers) {
    var map = new StringBuilder("numgen inc mod %d map {".formatted(servers.size()));
    for (int i = 0; i < servers.size(); i++) {
      map.append(i == 0 ? " " : ", ").append(i).append(" : ").append(servers.get(i));
    }
    return map.append(" }").toString();
  }

  /**
   * What is there of the table goes in the transaction that makes it: nothing is missing between.
   */
  static void anew(StringBuilder text, String table) {
    text.append("table ip ").append(table).append('\n');
    text.append("delete table ip ").append(table).append('\n');
  }
}
