package dev.sandbar.device.hosts;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.HostNames;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What hosts were last, on the disk: an app starts with it where no name server answers, and
 * commands on the device compile what the agent does.
 */
public final class KnownHosts {

  /** Hosts of one device that are resolved. */
  static final int MOST = 1024;

  private static final String NAME = "hosts";

  private record Document(SortedMap<String, Entry> hosts) {}

  private record Entry(List<String> addresses, List<String> refused) {}

  private KnownHosts() {}

  /** What is on the disk; nothing if that cannot be read. */
  public static HostAddresses read(StateStore store) {
    if (!(store.load(NAME) instanceof Loaded.Found(Node data))) {
      return HostAddresses.NONE;
    }
    var hosts = new TreeMap<String, Host>();
    try {
      NodeBinder.readLenient(Document.class, data)
          .hosts()
          .forEach(
              (name, entry) -> {
                if (HostNames.isValid(name) && hosts.size() < MOST) {
                  hosts.put(name, new Host(read(entry.addresses()), read(entry.refused())));
                }
              });
    } catch (IllegalArgumentException e) {
      return HostAddresses.NONE;
    }
    return new HostAddresses(hosts);
  }

  private static TreeSet<Cidr> read(Collection<String> texts) {
    var addresses = new TreeSet<Cidr>();
    texts.stream().map(Cidr::parse).flatMap(Optional::stream).forEach(addresses::add);
    return addresses;
  }

  static void write(StateStore store, HostAddresses known) throws IOException {
    var hosts = new TreeMap<String, Entry>();
    known
        .hosts()
        .forEach(
            (name, host) ->
                hosts.put(name, new Entry(texts(host.addresses()), texts(host.refused()))));
    store.save(NAME, new Document(hosts));
  }

  private static List<String> texts(Collection<Cidr> addresses) {
    return addresses.stream().map(Cidr::toString).toList();
  }
}
