package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network for virtual devices, apart from the machine's own: a router, the devices behind it
 * (192.0.2.0/24, 2001:db8:2::/64), and two hosts on its other sides that play the internet and the
 * local network.
 */
public final class VirtualNetwork implements AutoCloseable {
  /** A host beside the devices. */
  public enum Peer {
    /** Between all others. */
    ROUTER("192.0.2.1", "2001:db8:2::1"),
    /** A public address. */
    INTERNET("198.51.100.2", "2001:db8:77::2"),
    /** A private address (RFC 1918, RFC 4193). */
    LAN("192.168.77.2", "fd77::2");

    private final String ipv4;
    private final String ipv6;

    Peer(String ipv4, String ipv6) {
      this.ipv4 = ipv4;
      this.ipv6 = ipv6;
    }

    /** Returns the address that devices reach it by. */
    public String ipv4() {
      return ipv4;
    }

    /** Returns the IPv6 address that devices reach it by. */
    public String ipv6() {
      return ipv6;
    }
  }

  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  private final DevicePlaces places;
  private final String id;

  private VirtualNetwork(DevicePlaces places, String id) {
    this.places = places;
    this.id = id;
  }

  /** Makes a network that lasts until it is closed or this JVM ends. */
  public static VirtualNetwork create() {
    return create(DeviceNaming.unique("net"), false);
  }

  /**
   * Returns the network of this name; makes it if there is none, or if its process was killed. It
   * outlives this JVM until {@link #close}.
   */
  public static VirtualNetwork detached(String name) {
    DevicePlaces places = DevicePlaces.ofThisMachine();
    var network = new VirtualNetwork(places, DeviceNaming.checked(name));
    // Somebody else may be making it.
    Polling.until(START_LIMIT, () -> network.exists() || network.ended());
    if (network.exists()) {
      return network;
    }
    network.close();
    return create(name, true);
  }

  /** Closes the network of this name if there is one and no device is on it any more. */
  public static void closeIfUnused(String name) {
    var network = new VirtualNetwork(DevicePlaces.ofThisMachine(), DeviceNaming.checked(name));
    if (network.exists() && !network.used()) {
      network.close();
    }
  }

  private boolean used() {
    try (var files = Files.list(state())) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith("lease."));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static VirtualNetwork of(DevicePlaces places, String id) {
    return new VirtualNetwork(places, id);
  }

  private static VirtualNetwork create(String id, boolean detached) {
    Prerequisites.requireForBoot();
    DevicePlaces places = DevicePlaces.ofThisMachine();
    var network = new VirtualNetwork(places, id);
    if (!detached) {
      Launcher.guard(places);
    }
    Entry.create(places, DevicePlaces.Kind.NETWORK, id, detached, Map.of());
    Path log = network.state().resolve("log");
    Process launcher =
        Launcher.spawn(
            places,
            "network",
            Map.of(
                "VD_STATE", network.state().toString(),
                "VD_CGROUP", network.cgroup().toString()),
            log);
    boolean up = Polling.until(START_LIMIT, () -> network.exists() || !launcher.isAlive());
    if (!up || !network.exists()) {
      String said = Launcher.readLine(log);
      network.close();
      throw new VirtualDeviceException("the virtual network did not come up:\n" + said);
    }
    return network;
  }

  /** Returns the name it is listed by. */
  public String id() {
    return id;
  }

  boolean exists() {
    return pid() > 0 && Files.exists(Path.of("/proc", Long.toString(pid())));
  }

  /** Whether nothing is there, or what a process left that is gone. */
  private boolean ended() {
    return !Files.exists(state()) || (pid() > 0 && !exists());
  }

  /** Returns a namespace in which this JVM can open sockets, for servers that run in this JVM. */
  public NetworkNamespace namespace(Peer peer) {
    return new NetworkNamespace(namespacePath(peer));
  }

  /** Runs a program of this machine as a host of the network, with the machine's own files. */
  public CommandResult exec(Peer peer, Duration timeout, String... argv) {
    return Commands.run(
            enter(peer, List.of(argv)),
            Map.of(),
            InputStream.nullInputStream(),
            Commands.LIMIT,
            timeout)
        .text();
  }

  /**
   * Starts a program of this machine as a host of the network, for example a server. It ends with
   * the network at the latest.
   */
  public RunningProgram start(Peer peer, List<String> argv, Map<String, String> environment) {
    return new RunningProgram(Commands.start(enter(peer, argv), environment));
  }

  /** Pulls the device's cable: its interface stays, with no carrier. */
  public void disconnect(VirtualDevice device) {
    exec(Peer.ROUTER, Duration.ofSeconds(10), "ip", "link", "set", port(device), "down").orThrow();
  }

  /** Plugs the cable in again. */
  public void reconnect(VirtualDevice device) {
    exec(Peer.ROUTER, Duration.ofSeconds(10), "ip", "link", "set", port(device), "up").orThrow();
  }

  private String port(VirtualDevice device) {
    return device
        .link()
        .filter(link -> link.network().equals(id))
        .map(Link::port)
        .orElseThrow(
            () ->
                new VirtualDeviceException(
                    "the device " + device.name() + " is not on the network " + id));
  }

  private List<String> enter(Peer peer, List<String> argv) {
    var command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target",
                Long.toString(pid()),
                "--pid",
                "--net=" + namespacePath(peer),
                "--",
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--"));
    command.addAll(argv);
    return command;
  }

  private Path namespacePath(Peer peer) {
    long pid = pid();
    if (pid <= 0) {
      throw new VirtualDeviceException("the network " + id + " does not exist any more");
    }
    Path process = Path.of("/proc", Long.toString(pid));
    return switch (peer) {
      case ROUTER -> process.resolve("ns/net");
      case INTERNET -> process.resolve("root/run/netns/internet");
      case LAN -> process.resolve("root/run/netns/lan");
    };
  }

  /** Gives a device the lowest free address. */
  Link lease(String deviceId) {
    for (int number = 10; number < 250; number++) {
      try {
        Files.writeString(
            state().resolve("lease." + number), deviceId, StandardOpenOption.CREATE_NEW);
        return new Link(id, number);
      } catch (FileAlreadyExistsException e) {
        // Taken; an entry that is gone has given its address back.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new VirtualDeviceException("the network " + id + " has no free address");
  }

  void release(Link link) {
    try {
      Files.deleteIfExists(state().resolve("lease." + link.number()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    String text = Launcher.readLine(state().resolve("pid"));
    return text.isEmpty() ? -1 : Long.parseLong(text);
  }

  private Path state() {
    return places.entries(DevicePlaces.Kind.NETWORK).resolve(id);
  }

  private Path cgroup() {
    return places.cgroupOf(DevicePlaces.Kind.NETWORK, id);
  }

  /** Ends every program in the network and removes it. Devices on it stay, without a network. */
  @Override
  public void close() {
    Launcher.remove(places, DevicePlaces.Kind.NETWORK, id);
  }

  /** Returns the networks that exist on this machine now. */
  public static List<VirtualNetwork> list() {
    DevicePlaces places = DevicePlaces.ofThisMachine();
    return Entry.ids(places, DevicePlaces.Kind.NETWORK).stream()
        .map(id -> new VirtualNetwork(places, id))
        .filter(VirtualNetwork::exists)
        .toList();
  }

  /**
   * A device's place on a network.
   *
   * @param network the network's id
   * @param number last part of the device's addresses
   */
  record Link(String network, int number) {
    String port() {
      return "port" + number;
    }

    String ipv4() {
      return "192.0.2." + number;
    }

    String ipv6() {
      return "2001:db8:2::" + number;
    }

    @Override
    public String toString() {
      return network + " " + number;
    }

    static Optional<Link> parse(String text) {
      String[] part = text.split(" ", -1);
      return part.length == 2
          ? Optional.of(new Link(part[0], Integer.parseInt(part[1])))
          : Optional.empty();
    }
  }
}
