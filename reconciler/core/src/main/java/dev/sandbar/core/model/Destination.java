package dev.sandbar.core.model;

/** Where {@code internetTo} lets an app connect to. */
public sealed interface Destination {

  /** Addresses. */
  record Prefix(Cidr cidr) implements Destination {
    @Override
    public String toString() {
      return cidr.toString();
    }
  }

  /**
   * The addresses of a host, which each device resolves for itself.
   *
   * @param name a whole name in lower case, {@code mqtt.example.com}
   */
  record Host(String name) implements Destination {
    @Override
    public String toString() {
      return name;
    }
  }
}
