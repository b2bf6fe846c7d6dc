package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Rules of nftables on what leaves the network namespace of an app that sends raw packets. The
 * kernel runs them last, on whole frames, whatever made them: a packet socket goes past the IP
 * filter of the unit, routes, and every other hook (packet_xmit() in its net/packet/af_packet.c).
 * The app has no right to change them, and a firewall of the device does not touch them.
 *
 * <p>They are loaded before the device's end of the interface is up, so where they cannot be loaded
 * the app has no network, and does not start.
 *
 * @param address of the app: no packet leaves with another one
 * @param addresses that packets may go to
 */
record RawEgress(String address, AddressSet addresses) {

  private static final String PATH = "network/egress.nft";
  private static final String CHAIN = "egress";

  /** What the store must hold. */
  AppFile file() {
    var text = new StringBuilder();
    SharedRules.declare(text, SharedRules.EGRESS, chain());
    return new AppFile(PATH, text.toString(), false, Location.NOWHERE);
  }

  private String chain() {
    var text = new StringBuilder("  chain %s {\n".formatted(CHAIN));
    text.append(
        "    type filter hook egress device \"%s\" priority 0; policy drop;\n"
            .formatted(OwnNetwork.INSIDE));
    if (!prefixes().isEmpty()) {
      // A packet socket says what kind of packet it sends, and the other end goes by the frame:
      // both are looked at. Options of IP could name another way (LSRR in RFC 791).
      text.append(
          "    ether daddr %s @ll,96,16 0x0800 ip saddr %s ip daddr { %s } ip hdrlength 5 accept%s"
              .formatted(
                  OwnNetwork.ADDRESS_OUTSIDE,
                  address,
                  String.join(", ", prefixes()),
                  SharedRules.MARK));
    }
    return text.append("  }\n").toString();
  }

  private List<String> prefixes() {
    var prefixes = new ArrayList<String>();
    for (Cidr prefix : addresses.prefixes()) {
      if (prefix.isV4()) {
        prefixes.add(prefix.toString());
      }
    }
    return prefixes;
  }

  /** What the kernel has of it while the app runs. */
  RuleTable table(AppSpec app) {
    var counts = new TreeMap<String, RuleTable.Rules>();
    int rules = prefixes().isEmpty() ? 0 : 1;
    counts.put(CHAIN, new RuleTable.Rules(rules, rules, false));
    return new RuleTable(
        SharedRules.EGRESS, SharedRules.origin(chain()), counts, RuleTable.Place.APP, app.unit());
  }
}
