package dev.sandbar.core.catalog;

/** How the permissions divide the addresses. No address is in two of these. */
public final class AddressSpace {

  /**
   * What {@code localNetwork} means: private (RFC 1918), shared (RFC 6598), link-local, unique
   * local (RFC 4193), multicast and broadcast addresses.
   */
  public static final AddressSet LOCAL =
      AddressSet.of(
          "10.0.0.0/8",
          "100.64.0.0/10",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "224.0.0.0/4",
          "255.255.255.255/32",
          "fc00::/7",
          "fe80::/10",
          "ff00::/8");

  /**
   * What {@code internet} means: IPv4 without local, loopback and reserved addresses, and the
   * global unicast space of IPv6. IPv4 addresses written in IPv6 obey the IPv4 rules.
   */
  public static final AddressSet PUBLIC =
      AddressSet.of("0.0.0.0/0")
          .meet(LOCAL.join(AddressSet.of("0.0.0.0/8", "127.0.0.0/8", "240.0.0.0/4")).complement())
          .join(AddressSet.of("2000::/3"));

  /** Of the loopback interface of a network namespace: nobody but who is in it has them. */
  public static final AddressSet LOOPBACK = AddressSet.of("127.0.0.0/8", "::1/128");

  /** The stub of systemd-resolved, the one loopback address that {@code internet} opens. */
  public static final AddressSet DNS_STUB = AddressSet.of("127.0.0.53/32");

  private AddressSpace() {}
}
