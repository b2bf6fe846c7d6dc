package dev.sandbar.core.compile;

import dev.sandbar.core.model.PortRange;
import java.util.List;
import java.util.TreeMap;

/**
 * The rules of nftables by which ports of a device lead to an app with a network of its own. A port
 * on which a program of the device listens stays with that program.
 *
 * @param address of the app
 * @param ports that lead to it
 * @param ofTheDevice those of them that programs and apps of the device reach, whatever the app may
 *     reach
 */
record PortForwarding(String address, List<PortRange> ports, List<PortRange> ofTheDevice) {

  /** Programs of the device, and other apps with networks of their own. */
  private static final List<String> NEAR =
      List.of("fib saddr type local", "iifname \"%s*\"".formatted(SharedRules.LINKS));

  PortForwarding {
    ports = List.copyOf(ports);
    ofTheDevice = List.copyOf(ofTheDevice);
  }

  String chains() {
    var text = new StringBuilder("  chain ports {\n");
    text.append("    meta l4proto { tcp, udp } socket wildcard { 0, 1 } return")
        .append(SharedRules.MARK);
    for (PortRange range : ports) {
      text.append(
          "    %s dnat to %s%s".formatted(AppFirewall.to(range), address, SharedRules.MARK));
    }
    text.append("  }\n");
    chain(text, "prerouting");
    chain(text, "output");
    if (!ofTheDevice.isEmpty()) {
      near(text);
    }
    return text.toString();
  }

  /**
   * Not of 127.0.0.0/8: there another app asks for names (SharedRules), and the one that has port
   * 53 would hear it.
   */
  private static void chain(StringBuilder text, String hook) {
    text.append("  chain %s {\n".formatted(hook));
    text.append("    type nat hook %s priority -100; policy accept;\n".formatted(hook));
    text.append("    fib daddr type local ip daddr != 127.0.0.0/8 jump ports")
        .append(SharedRules.MARK);
    text.append("  }\n");
  }

  /**
   * What comes from the device or from another app has one address in the namespace of the app,
   * which nobody else has: packets of a network that claim to come from it are not answered.
   * Programs of the device connect to the app's own address: packets that they send have their
   * sockets with them, so the rule that leaves ports to listeners of the device leaves them all
   * ports.
   */
  private void near(StringBuilder text) {
    text.append("  chain postrouting {\n");
    text.append("    type nat hook postrouting priority 90; policy accept;\n");
    for (PortRange range : ofTheDevice) {
      for (String from : NEAR) {
        text.append(
            "    ip daddr %s %s %s snat to %s%s"
                .formatted(
                    address, AppFirewall.to(range), from, AppFirewall.DEVICE, SharedRules.MARK));
      }
    }
    text.append("  }\n");
  }

  /** How many rules each chain has. */
  TreeMap<String, RuleTable.Rules> counts() {
    var counts = new TreeMap<String, RuleTable.Rules>();
    counts.put("ports", RuleTable.Rules.exactly(1 + ports.size()));
    counts.put("prerouting", RuleTable.Rules.exactly(1));
    counts.put("output", RuleTable.Rules.exactly(1));
    if (!ofTheDevice.isEmpty()) {
      counts.put("postrouting", RuleTable.Rules.exactly(NEAR.size() * ofTheDevice.size()));
    }
    return counts;
  }
}
