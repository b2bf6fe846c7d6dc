package dev.sandbar.core.catalog;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.PortRange;
import java.util.ArrayList;
import java.util.List;

/**
 * The points of the lattice that permissions open: closed everywhere but on their own dimensions.
 */
final class Grant {

  private static final List<String> INET = List.of("AF_INET", "AF_INET6");

  /** On a socket that listens already. */
  private static final List<String> ACCEPTING = List.of("accept", "accept4");

  private static final List<String> LISTENING = List.of("accept", "accept4", "bind", "listen");

  private Grant() {}

  static Sandbox reach(AddressSet addresses) {
    return Sandbox.CLOSED.with(
        new Sandbox.Network(true, Extent.none(), Extent.only(INET), addresses, Extent.none()));
  }

  static Sandbox ports(List<Port> ports) {
    List<PortRange> binds =
        ports.stream().filter(port -> port.via() == Port.Via.DIRECT).map(Port::range).toList();
    if (binds.isEmpty() && !ports.isEmpty()) {
      return Sandbox.CLOSED.with(calls(ACCEPTING, false));
    }
    boolean listens = binds.stream().anyMatch(it -> it.protocol() == Port.Protocol.TCP);
    boolean privileged = binds.stream().anyMatch(PortRange::isPrivileged);
    return Sandbox.CLOSED
        .with(
            new Sandbox.Network(
                false, Extent.none(), Extent.none(), AddressSet.NONE, Extent.only(binds)))
        .with(
            new Sandbox.Kernel(
                Extent.only(listens ? LISTENING : List.of("bind")),
                privileged ? Extent.only(Ceiling.BIND_CAPABILITY) : Extent.none(),
                Extent.none(),
                false,
                false,
                false,
                false));
  }

  static Sandbox namespace(String name) {
    return Sandbox.CLOSED.with(
        new Sandbox.Network(
            false, Extent.only(name), Extent.none(), AddressSet.NONE, Extent.none()));
  }

  static Sandbox directory(AppDirectory directory) {
    return Sandbox.CLOSED.with(
        new Sandbox.Files(
            Extent.only(List.of(directory)), false, false, false, Extent.none(), Extent.none()));
  }

  static Sandbox volumes(List<Mount> mounts) {
    return Sandbox.CLOSED.with(
        new Sandbox.Files(Extent.none(), false, false, false, Extent.only(mounts), Extent.none()));
  }

  static Sandbox devices(List<DeviceNode> nodes) {
    var access = new ArrayList<String>();
    for (DeviceNode node : nodes) {
      access.add("r " + node.path());
      if (node.writable()) {
        access.add("w " + node.path());
      }
    }
    return Sandbox.CLOSED.with(
        new Sandbox.Files(Extent.none(), false, false, false, Extent.none(), Extent.only(access)));
  }

  /** A CAN socket is bound to its interface; no port is bound by it. */
  static Sandbox canBus() {
    return Sandbox.CLOSED
        .with(
            new Sandbox.Network(
                true, Extent.none(), Extent.only("AF_CAN"), AddressSet.NONE, Extent.none()))
        .with(calls(List.of("bind"), false));
  }

  /** A packet socket is bound to its interface; no port is bound by it. */
  static Sandbox rawNetwork() {
    return Sandbox.CLOSED
        .with(
            new Sandbox.Network(
                false, Extent.none(), Extent.only("AF_PACKET"), AddressSet.NONE, Extent.none()))
        .with(
            new Sandbox.Kernel(
                Extent.only("bind"),
                Extent.only(Ceiling.RAW_CAPABILITY),
                Extent.none(),
                false,
                false,
                false,
                false));
  }

  /**
   * Programs read links, addresses and routes from a netlink socket that is bound to their process;
   * no port is bound by it.
   */
  static Sandbox networkStatus() {
    return Sandbox.CLOSED
        .with(
            new Sandbox.Network(
                true, Extent.none(), Extent.only("AF_NETLINK"), AddressSet.NONE, Extent.none()))
        .with(calls(List.of("bind"), false));
  }

  /** To connect takes no call beside those that every app has; bind and listen belong to ports. */
  static Sandbox unixSockets() {
    return Sandbox.CLOSED.with(
        new Sandbox.Network(
            false, Extent.none(), Extent.only("AF_UNIX"), AddressSet.NONE, Extent.none()));
  }

  /**
   * As for {@link #unixSockets}: the sockets that it sees are those in the servers' directories.
   */
  static Sandbox talkTo(List<AppName> servers) {
    return unixSockets().with(peers(Extent.only(servers), Extent.none(), Extent.none()));
  }

  /** To bind one and listen takes calls of ports; which ports it binds is another matter. */
  static Sandbox acceptFrom(List<AppName> clients) {
    return unixSockets()
        .with(calls(LISTENING, false))
        .with(peers(Extent.none(), Extent.only(clients), Extent.none()));
  }

  /** The socket that it sees is that of a proxy of its own, which passes on no more than this. */
  static Sandbox services(List<BusName> names) {
    return unixSockets().with(peers(Extent.none(), Extent.none(), Extent.only(names)));
  }

  /** The socket that it sees is the one that the agent has for it alone. */
  static Sandbox verb(BrokeredVerb verb) {
    return unixSockets()
        .with(
            new Sandbox.Peers(
                Extent.none(), Extent.none(), Extent.none(), Extent.only(List.of(verb))));
  }

  private static Sandbox.Peers peers(
      Extent<AppName> servers, Extent<AppName> clients, Extent<BusName> services) {
    return new Sandbox.Peers(servers, clients, services, Extent.none());
  }

  static Sandbox jit() {
    return Sandbox.CLOSED.with(calls(List.of("memfd_create"), true));
  }

  static Sandbox systemInfo() {
    return Sandbox.CLOSED.with(new Sandbox.Proc(true, false));
  }

  static Sandbox keyring() {
    return Sandbox.CLOSED.with(calls(CallNames.KEYRING, false));
  }

  static Sandbox scheduling() {
    return Sandbox.CLOSED.with(calls(CallNames.SCHEDULING, false));
  }

  static Sandbox realtime() {
    return Sandbox.CLOSED.with(
        new Sandbox.Kernel(
            Extent.only(CallNames.REALTIME),
            Extent.none(),
            Extent.none(),
            false,
            false,
            true,
            false));
  }

  static Sandbox lockMemory() {
    return Sandbox.CLOSED.with(
        new Sandbox.Kernel(
            Extent.only(CallNames.MEMORY_LOCKS),
            Extent.none(),
            Extent.none(),
            false,
            false,
            false,
            true));
  }

  static Sandbox debug() {
    return Sandbox.CLOSED.with(calls(CallNames.DEBUG, false));
  }

  static Sandbox otherApps() {
    return Sandbox.CLOSED.with(new Sandbox.Proc(false, true));
  }

  static Sandbox runFromData() {
    return Sandbox.CLOSED
        .with(new Sandbox.Files(Extent.none(), false, false, true, Extent.none(), Extent.none()))
        .with(calls(List.of("memfd_create"), false));
  }

  /** Directives show nothing of what the app can do beyond them in mounts of its own. */
  static Sandbox nestedSandbox() {
    return Sandbox.CLOSED.with(
        new Sandbox.Kernel(
            Extent.only(CallNames.NESTING),
            Extent.none(),
            Extent.only(CallNames.NESTED),
            false,
            false,
            false,
            false));
  }

  /** What a ring is made of counts as locked memory (io_uring_setup(2)). */
  static Sandbox asyncIo() {
    return Sandbox.CLOSED.with(
        new Sandbox.Kernel(
            Extent.only(CallNames.IO_URING),
            Extent.none(),
            Extent.none(),
            false,
            false,
            false,
            true));
  }

  private static Sandbox.Kernel calls(List<String> names, boolean writableCode) {
    return new Sandbox.Kernel(
        Extent.only(names), Extent.none(), Extent.none(), false, writableCode, false, false);
  }
}
