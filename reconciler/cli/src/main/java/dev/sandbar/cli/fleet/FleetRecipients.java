package dev.sandbar.cli.fleet;

import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What secrets for some devices are sealed to, as the devices report it. All of them or none: an
 * app would fail on a device that was left out.
 */
final class FleetRecipients {
  /** Devices that are named in an error. */
  private static final int NAMED = 5;

  private final List<AgeRecipient> found = new ArrayList<>();
  private final List<String> lacking = new ArrayList<>();

  private FleetRecipients() {}

  /**
   * Of these devices.
   *
   * @throws FleetException if there is none of a name, or one reports none
   */
  static List<AgeRecipient> named(FleetConnection connection, Collection<String> names) {
    var recipients = new FleetRecipients();
    new TreeSet<>(names).forEach(name -> recipients.add(connection.get(Device.class, name)));
    return recipients.all();
  }

  /**
   * Of all devices of the namespace with these labels, but for those whose service is ended.
   *
   * @throws FleetException if there is no such device, or one reports none
   */
  static List<AgeRecipient> selected(FleetConnection connection, String selector) {
    var recipients = new FleetRecipients();
    connection.each(
        Device.class,
        selector,
        device -> {
          if (!Fetch.state(device, null).decommissioned()) {
            recipients.add(device);
          }
        });
    if (recipients.found.isEmpty() && recipients.lacking.isEmpty()) {
      throw new FleetException(
          "no device in the namespace %s has the labels %s"
              .formatted(connection.namespace(), selector),
          "List them: kubectl get devices --show-labels -n " + connection.namespace());
    }
    return recipients.all();
  }

  private void add(Device device) {
    FleetDevice state = Fetch.state(device, null);
    String approved =
        Optional.ofNullable(device.getMetadata().getAnnotations())
            .map(all -> all.getOrDefault(DeviceAnnotations.RECIPIENT, ""))
            .orElse("");
    Optional<DeviceStatus.Facts> facts = Optional.ofNullable(state.status().facts());
    String reported = facts.map(DeviceStatus.Facts::recipient).orElse("");
    int systemd = facts.map(DeviceStatus.Facts::systemd).orElse(0);
    if (state.decommissioned()) {
      lacking.add(state.name() + " is taken out of service");
    } else if (facts.isEmpty()) {
      lacking.add(state.name() + " has reported nothing yet");
    } else if (!reported.isEmpty() && !approved.isEmpty() && !approved.equals(reported)) {
      lacking.add(
          state.name()
              + " reports another recipient than the approved one (sandbar fleet approve "
              + state.name()
              + ")");
    } else if (!reported.isEmpty()) {
      try {
        found.add(AgeRecipient.of(reported));
      } catch (AgeException e) {
        // A device may write anything; it is not repeated.
        lacking.add(state.name() + " reports a recipient that is none");
      }
    } else if (systemd < AppSecret.SINCE_SYSTEMD) {
      lacking.add(
          "%s has systemd %d, and secrets need %d or newer"
              .formatted(state.name(), systemd, AppSecret.SINCE_SYSTEMD));
    } else {
      lacking.add(
          state.name() + " reports no recipient: its agent is too old, or systemd makes it no key");
    }
  }

  private List<AgeRecipient> all() {
    if (!lacking.isEmpty()) {
      throw new FleetException(
          "it cannot be sealed to every device: "
              + String.join("; ", lacking.subList(0, Math.min(NAMED, lacking.size())))
              + (lacking.size() > NAMED ? "; and %d more".formatted(lacking.size() - NAMED) : ""),
          "Leave these out, or upgrade the kinds, then their agents; an agent that gets no key logs"
              + " why as action=recipient");
    }
    return List.copyOf(found);
  }
}
