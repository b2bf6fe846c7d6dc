package dev.sandbar.core.catalog;

import dev.sandbar.core.model.BrokeredVerb;
import java.util.List;

/** The rows of {@link PermissionCatalog} about what the agent does when an app asks for it. */
final class BrokerEntries {

  static final List<PermissionCatalog.Entry> ROWS =
      List.of(
          row(
              BrokeredVerb.REBOOT,
              "Restart the device",
              "Ask the agent to restart the device, over the socket in $SANDBAR_AGENT_SOCKET.",
              "No restart of the device, and none of the rights for it.",
              "It ends all apps, so at most one in ten minutes is granted; systemd's inhibitors do not"
                  + " delay it for longer than logind.conf says."),
          row(
              BrokeredVerb.HOSTNAME,
              "Name of the device",
              "Ask the agent to give the device another host name, over the socket in"
                  + " $SANDBAR_AGENT_SOCKET.",
              "No change of the host name.",
              "The name before is put back when the app or the permission goes, unless somebody else has"
                  + " changed it since."),
          row(
              BrokeredVerb.CLOCK,
              "Clock of the device",
              "Ask the agent to set the clock, over the socket in $SANDBAR_AGENT_SOCKET, while no time"
                  + " server does.",
              "No change of the clock.",
              "A clock is not put back; windows of maintenance and certificates go by it."),
          row(
              BrokeredVerb.READ_LOGS,
              "Logs of services",
              "Ask the agent for what these services have written to the journal, over the socket in"
                  + " $SANDBAR_AGENT_SOCKET.",
              "No line of the journal, not of its own either.",
              "Logs hold secrets of others, so the policy of the device has to list each service;"
                  + " the kernel's messages are of none."));

  private BrokerEntries() {}

  private static PermissionCatalog.Entry row(
      BrokeredVerb verb, String title, String opens, String withheld, String notes) {
    return new PermissionCatalog.Entry(
        verb.permission(), title, opens, withheld, Grant.verb(verb), Ceiling.noVerb(verb), notes);
  }
}
