package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.PortRange;

/** Network namespace, address families, IP filter, ports. */
final class NetworkLines {

  /** Where {@code ip netns add} puts namespaces. */
  static final String NAMESPACE_FOLDER = "/run/netns/";

  private NetworkLines() {}

  /**
   * @param addresses that packets may go to and come from, on this device
   */
  static void write(
      Draft draft, Sandbox.Network network, AddressSet addresses, OwnNetwork own, Resolution why) {
    namespace(draft, network, own, why);
    families(draft, network.families(), why);
    addresses(draft, addresses, why);
    binds(draft, network.binds(), why);
  }

  private static void namespace(
      Draft draft, Sandbox.Network network, OwnNetwork own, Resolution why) {
    String because =
        network.joined().isNone()
            ? why.closed(s -> s.network().host())
            : why.opened(s -> !s.network().joined().isNone());
    if (!network.joined().isNone()) {
      String name = network.joined().items().first();
      draft.service("NetworkNamespacePath", EscapedText.raw(NAMESPACE_FOLDER + name), because);
    } else if (!network.host()) {
      draft.yes("PrivateNetwork", because);
    } else if (!own.isNone()) {
      draft.yes("PrivateNetwork", OwnNetwork.BECAUSE);
    }
  }

  private static void families(Draft draft, Extent<String> families, Resolution why) {
    String because =
        why.moved(s -> s.network().families().isNone(), s -> s.network().families().isAll());
    if (families.isNone()) {
      draft.service("RestrictAddressFamilies", EscapedText.words("none"), because);
    } else if (!families.isAll()) {
      String sign = families.allBut() ? "~" : "";
      draft.service(
          "RestrictAddressFamilies",
          EscapedText.words(sign + String.join(" ", families.items())),
          because);
    }
  }

  static void addresses(Draft draft, AddressSet addresses, Resolution why) {
    if (addresses.equals(AddressSet.ALL)) {
      return;
    }
    draft.service(
        "IPAddressDeny",
        EscapedText.words("any"),
        why.closed(s -> s.network().addresses().equals(AddressSet.ALL)));
    if (!addresses.isEmpty()) {
      String because =
          why.moved(
              s -> s.network().addresses().isEmpty(),
              s -> s.network().addresses().equals(AddressSet.ALL));
      draft.service(
          "IPAddressAllow",
          EscapedText.words(addresses.prefixes().stream().map(Cidr::toString).toList()),
          because);
    }
  }

  /** Whether {@link #addresses} writes lines of this directive. */
  static boolean isOfAddresses(String directive) {
    return directive.equals("IPAddressDeny") || directive.equals("IPAddressAllow");
  }

  private static void binds(Draft draft, Extent<PortRange> binds, Resolution why) {
    if (binds.isAll()) {
      return;
    }
    draft.service(
        "SocketBindDeny", EscapedText.words("any"), why.closed(s -> s.network().binds().isAll()));
    String because = why.opened(s -> !s.network().binds().isNone());
    for (PortRange bind : binds.items()) {
      draft.service("SocketBindAllow", EscapedText.words(bind.toString()), because);
    }
  }
}
