package dev.sandbar.cli;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.device.agent.FleetLink;
import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.FleetAddress;
import dev.sandbar.device.fleet.LinkUse;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.identity.Member;
import dev.sandbar.device.systemd.SystemdTpmKeys;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;

/** This device as a member of the fleet that its settings name. */
final class FleetMembership {
  private static final Path ROOT = Path.of("/");

  private FleetMembership() {}

  /**
   * What enrolling has left on the disk.
   *
   * @throws CommandException if the device is not enrolled there
   */
  static Identity identity(DeviceSettings.Fleet fleet) {
    var member = new Member(fleet.namespace(), fleet.device());
    return switch (Identity.load(
        ROOT,
        new SystemdTpmKeys(ROOT),
        fleet.server(),
        member,
        fleet.caFile(),
        InstantSource.system())) {
      case Identity.Loading.Loaded(var identity) -> identity;
      case Identity.Loading.Missing(var message, var help) ->
          throw new CommandException(message, help, ExitCode.NOT_SET_UP);
    };
  }

  /** How the identity stands, for the agent. */
  private record Standing(Identity identity) implements FleetLink.Standing {
    @Override
    public void wipe() throws IOException {
      Identity.wipe(ROOT);
    }

    @Override
    public void refused() {
      identity.suspect();
    }

    @Override
    public boolean isEncrypted() {
      return identity.isEncrypted();
    }

    @Override
    public String problem() {
      return identity.state().problem();
    }
  }

  /** What the agent needs of it. */
  static FleetLink link(DeviceSettings.Fleet fleet, Identity identity) {
    return new FleetLink(
        identity.api(),
        new FleetAddress(URI.create(fleet.server()), fleet.namespace(), fleet.device()),
        Objects.requireNonNullElse(
            FleetMembership.class.getPackage().getImplementationVersion(), "development"),
        new Standing(identity),
        BundleFollower.Timing.STANDARD,
        LinkUse.of(fleet.metered()));
  }
}
