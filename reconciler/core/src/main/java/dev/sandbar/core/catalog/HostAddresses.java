package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Destination;
import dev.sandbar.core.model.HostNames;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a device knows of the hosts that {@code internetTo} names. Whoever answers for a name is not
 * trusted: {@code internetTo} opens the internet, and what an answer holds of other addresses opens
 * nothing.
 *
 * @param hosts by name; of one that is absent nothing is known
 */
public record HostAddresses(SortedMap<String, Host> hosts) {

  /** Nothing was resolved, as where no device is. */
  public static final HostAddresses NONE = new HostAddresses(new TreeMap<>());

  /** Addresses that are kept of one host, so that a unit stays of a size that systemd reads. */
  public static final int MOST_ADDRESSES = 32;

  /** Refused addresses that are kept of one host, for people. */
  public static final int MOST_REFUSED = 4;

  /** IPv6 addresses that lead to an IPv4 address in them (RFC 4380, RFC 3056). */
  private static final AddressSet TUNNELS = AddressSet.of("2001::/32", "2002::/16");

  private static final AddressSet USABLE = AddressSpace.PUBLIC.meet(TUNNELS.complement());

  /** Every compilation asks for them, and to split a range into prefixes is expensive. */
  private static final List<Cidr> ALL_USABLE = List.copyOf(USABLE.prefixes());

  public HostAddresses {
    hosts = Collections.unmodifiableSortedMap(new TreeMap<>(hosts));
  }

  /**
   * What is known of one host.
   *
   * @param addresses that packets may go to: single ones of the internet
   * @param refused others that were answered
   */
  public record Host(SortedSet<Cidr> addresses, SortedSet<Cidr> refused) {

    /** Of which nothing is known. */
    public static final Host UNKNOWN = new Host(new TreeSet<>(), new TreeSet<>());

    public Host {
      addresses = first(addresses.stream().filter(HostAddresses::isUsable), MOST_ADDRESSES);
      refused = first(refused.stream(), MOST_REFUSED);
    }

    private static SortedSet<Cidr> first(Stream<Cidr> all, int most) {
      var set = new TreeSet<Cidr>();
      all.sorted().limit(most).forEach(set::add);
      return Collections.unmodifiableSortedSet(set);
    }
  }

  /** Whether an answer with the address opens it: a single address of the internet. */
  public static boolean isUsable(Cidr address) {
    return address.prefix() == address.bytes().length * Byte.SIZE
        && USABLE.includes(AddressSet.of(List.of(address)));
  }

  /** What is known of the host. */
  public Host of(String name) {
    return hosts.getOrDefault(name, Host.UNKNOWN);
  }

  /** Names of the hosts that permissions open. */
  public static SortedSet<String> names(Permissions permissions) {
    var names = new TreeSet<String>();
    for (Destination destination : destinations(permissions)) {
      if (destination instanceof Destination.Host(String name, _) && HostNames.isValid(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** The prefixes that permissions open by address. */
  public static AddressSet byAddress(Permissions permissions) {
    return AddressSet.of(prefixes(destinations(permissions)).toList());
  }

  /** These permissions with the addresses of hosts in the place of their names. */
  public Permissions in(Permissions permissions) {
    return replaced(
        permissions,
        names(permissions).stream().flatMap(name -> of(name).addresses().stream()).toList());
  }

  /** These permissions with every address that a host can have in the place of its name. */
  public static Permissions anywhere(Permissions permissions) {
    return replaced(permissions, ALL_USABLE);
  }

  /** These permissions without what they open by the names of hosts, but for name servers. */
  public static Permissions nowhere(Permissions permissions) {
    return replaced(permissions, List.of());
  }

  /** An app that is to connect to a host by its name has to resolve the name, too. */
  private static Permissions replaced(Permissions permissions, List<Cidr> ofHosts) {
    if (names(permissions).isEmpty()) {
      return permissions;
    }
    Request request = permissions.get(Permission.INTERNET_TO).orElseThrow();
    List<Destination> all =
        Stream.of(
                prefixes(destinations(permissions)),
                ofHosts.stream(),
                AddressSpace.DNS_STUB.prefixes().stream())
            .flatMap(it -> it)
            .<Destination>map(Destination.Prefix::new)
            .toList();
    return permissions.with(
        Map.of(Permission.INTERNET_TO, new Request(new Value.Destinations(all), request.at())));
  }

  /** What is named by address. */
  static Stream<Cidr> prefixes(List<Destination> destinations) {
    return destinations.stream()
        .flatMap(
            it ->
                it instanceof Destination.Prefix(Cidr cidr, _) ? Stream.of(cidr) : Stream.empty());
  }

  private static List<Destination> destinations(Permissions permissions) {
    Optional<Value> value = permissions.get(Permission.INTERNET_TO).map(Request::value);
    return value.isPresent() && value.get() instanceof Value.Destinations(var destinations)
        ? destinations
        : List.of();
  }
}
