package dev.sandbar.device.hosts;

import dev.sandbar.core.model.Cidr;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Asks for the addresses of a host. */
@FunctionalInterface
public interface HostLookup {

  /** Addresses of one answer that are looked at. */
  int MOST_ANSWERS = 512;

  /**
   * As programs of this device do (getaddrinfo(3)), without the domains that it completes names
   * with.
   */
  HostLookup SYSTEM = HostLookup::system;

  /**
   * The addresses, in the order of the answer. It may take as long as it likes.
   *
   * @param name a whole name without the dot at its end
   * @throws IOException if there is no answer
   */
  List<Cidr> addresses(String name) throws IOException;

  private static List<Cidr> system(String name) throws IOException {
    var addresses = new ArrayList<Cidr>();
    for (InetAddress address : InetAddress.getAllByName(name + ".")) {
      if (addresses.size() < MOST_ANSWERS) {
        byte[] bytes = address.getAddress();
        addresses.add(Cidr.of(bytes, bytes.length * Byte.SIZE));
      }
    }
    return addresses;
  }
}
