package dev.sandbar.core.model;

import java.util.List;

/** The families of sockets that a spec can name (address_families(7)). */
public final class SocketFamilies {

  /** All of them, as systemd spells them. */
  public static final List<String> ALL =
      List.of(
          "AF_ALG",
          "AF_APPLETALK",
          "AF_ASH",
          "AF_ATMPVC",
          "AF_ATMSVC",
          "AF_AX25",
          "AF_BLUETOOTH",
          "AF_BRIDGE",
          "AF_CAIF",
          "AF_CAN",
          "AF_DECnet",
          "AF_ECONET",
          "AF_IB",
          "AF_IEEE802154",
          "AF_INET",
          "AF_INET6",
          "AF_IPX",
          "AF_IRDA",
          "AF_ISDN",
          "AF_IUCV",
          "AF_KCM",
          "AF_KEY",
          "AF_LLC",
          "AF_MPLS",
          "AF_NETBEUI",
          "AF_NETLINK",
          "AF_NETROM",
          "AF_NFC",
          "AF_PACKET",
          "AF_PHONET",
          "AF_PPPOX",
          "AF_QIPCRTR",
          "AF_RDS",
          "AF_ROSE",
          "AF_RXRPC",
          "AF_SECURITY",
          "AF_SMC",
          "AF_SNA",
          "AF_TIPC",
          "AF_UNIX",
          "AF_VSOCK",
          "AF_WANPIPE",
          "AF_X25",
          "AF_XDP");

  private SocketFamilies() {}
}
