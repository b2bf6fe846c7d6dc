package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What people are to know of the hosts of an app on one device. */
public final class HostNotes {

  /** So many hosts are named. */
  private static final int NAMED = 3;

  private HostNotes() {}

  /** Which hosts have no address, so that nothing is open to them; empty if all have one. */
  public static String unresolved(CompiledApp app) {
    var notes = new ArrayList<String>();
    boolean local = reachesLocal(app);
    app.hosts()
        .forEach(
            (name, host) -> {
              if (host.addresses().isEmpty() && !(local && isLocal(host))) {
                notes.add(note(name, host));
              }
            });
    int more = notes.size() - NAMED;
    return notes.stream().limit(NAMED).collect(Collectors.joining("; "))
        + (more > 0 ? " and " + more + " more" : "");
  }

  /** A host with what it is, for example {@code mqtt.example.com: 198.51.100.2}. */
  public static String shown(String name, Host host) {
    String addresses = host.addresses().isEmpty() ? "no address" : texts(host);
    return name
        + ": "
        + addresses
        + (host.refused().isEmpty() ? "" : "; not opened: " + addresses(host.refused()));
  }

  private static String texts(Host host) {
    return addresses(host.addresses());
  }

  private static String note(String name, Host host) {
    return host.refused().isEmpty()
        ? "%s has no address, so nothing is open to it".formatted(name)
        : "%s has the address %s only, which internetTo does not open%s"
            .formatted(name, addresses(host.refused()), isLocal(host) ? ": localNetwork does" : "");
  }

  private static String addresses(Iterable<Cidr> all) {
    var texts = new ArrayList<String>();
    all.forEach(address -> texts.add(address.toString().split("/", 2)[0]));
    return String.join(", ", texts);
  }

  private static boolean isLocal(Host host) {
    return !host.refused().isEmpty()
        && AddressSpace.LOCAL.includes(AddressSet.of(List.copyOf(host.refused())));
  }

  private static boolean reachesLocal(CompiledApp app) {
    return app.spec()
        .permissions()
        .get(Permission.LOCAL_NETWORK)
        .map(request -> request.value() instanceof Value.Granted)
        .orElse(app.spec().mode() == Mode.OPEN);
  }
}
