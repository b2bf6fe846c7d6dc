package dev.sandbar.core.model;

import java.util.List;
import java.util.stream.Collectors;

/** Where {@code internetTo} lets an app connect to. */
public sealed interface Destination {

  /** The ports there that it may connect to; none means all, and every other protocol too. */
  List<PortRange> ports();

  /** Addresses. */
  record Prefix(Cidr cidr, List<PortRange> ports) implements Destination {
    public Prefix {
      ports = List.copyOf(ports);
    }

    /** All ports of it. */
    public Prefix(Cidr cidr) {
      this(cidr, List.of());
    }

    @Override
    public String toString() {
      return cidr + shown(ports);
    }
  }

  /**
   * The addresses of a host, which each device resolves for itself.
   *
   * @param name a whole name in lower case, {@code mqtt.example.com}
   */
  record Host(String name, List<PortRange> ports) implements Destination {
    public Host {
      ports = List.copyOf(ports);
    }

    /** All ports of it. */
    public Host(String name) {
      this(name, List.of());
    }

    @Override
    public String toString() {
      return name + shown(ports);
    }
  }

  private static String shown(List<PortRange> ports) {
    return ports.isEmpty()
        ? ""
        : ports.stream().map(PortRange::shown).collect(Collectors.joining(" ", " (", ")"));
  }
}
