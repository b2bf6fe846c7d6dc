package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import java.util.List;
import java.util.Optional;

/**
 * The name servers that {@code internet} opens: those that the device asks, each by its address
 * alone. Without them a device whose router answers could resolve no name.
 */
final class NameServers {

  /** Of the device itself: its own networks, and the stub. */
  private static final AddressSet OWN = AddressSpace.LOCAL.join(AddressSpace.DNS_STUB);

  private static final AddressSet POSSIBLE = OWN.join(AddressSpace.PUBLIC);
  private static final AddressSet NOT_LOCAL = AddressSpace.LOCAL.complement();

  private NameServers() {}

  /** The addresses of the point, with the device's own name servers in the place of the stub. */
  static AddressSet reached(AppSpec app, Resolution resolution, DeviceFacts facts) {
    AddressSet addresses = resolution.sandbox().network().addresses();
    if (app.network() == Network.OWN) {
      return OwnNetwork.reached(
          app, addresses); // The stub's address leads to the device's servers.
    }
    if (!opensSome(app, resolution)) {
      return addresses;
    }
    // Public ones are reached anyway with internet, but not by who may go to some hosts only.
    boolean hosts = !HostAddresses.names(app.permissions()).isEmpty();
    AddressSet servers = hosts ? single(facts) : servers(facts);
    boolean withheld =
        app.permissions()
            .get(Permission.LOCAL_NETWORK)
            .filter(request -> request.value() instanceof Value.Withheld)
            .isPresent();
    // The owner's word counts as the author's: every port of a name server would be open.
    if (withheld || facts.policy().objection(Permission.LOCAL_NETWORK).isPresent()) {
      servers = servers.meet(NOT_LOCAL);
    }
    for (Resolution.Contribution contribution : resolution.contributions()) {
      servers = servers.meet(contribution.leaves().network().addresses());
    }
    AddressSet stub =
        AddressSpace.DNS_STUB.meet(HostAddresses.byAddress(app.permissions()).complement());
    return addresses.meet(stub.complement()).join(servers);
  }

  /** Whether the app is to resolve names, and reaches the servers by this alone. */
  static boolean opensSome(AppSpec app, Resolution resolution) {
    return !resolution.sandbox().network().addresses().equals(AddressSet.ALL)
        && (!HostAddresses.names(app.permissions()).isEmpty()
            || resolution.contributions().stream()
                .anyMatch(
                    c ->
                        c.key().equals(Permission.INTERNET.key())
                            && !c.opens().network().addresses().isEmpty()));
  }

  /** Whether the device asks name servers that its owner's policy keeps apps from. */
  static boolean deniedByPolicy(DeviceFacts facts) {
    return facts.policy().objection(Permission.LOCAL_NETWORK).isPresent()
        && !servers(facts).meet(AddressSpace.LOCAL).isEmpty();
  }

  private static AddressSet servers(DeviceFacts facts) {
    return single(facts).meet(OWN);
  }

  /** None of the other addresses of the loopback interface: whatever listens there is reached. */
  private static AddressSet single(DeviceFacts facts) {
    List<Cidr> single =
        facts.resolvers().stream()
            .map(server -> server.split("%", 2)[0])
            .filter(server -> server.indexOf('/') < 0)
            .map(Cidr::parse)
            .flatMap(Optional::stream)
            .toList();
    return AddressSet.of(single).meet(POSSIBLE);
  }
}
