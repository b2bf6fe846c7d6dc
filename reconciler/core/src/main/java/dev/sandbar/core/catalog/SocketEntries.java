package dev.sandbar.core.catalog;

import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Permission;
import java.util.List;

/** The rows of {@link PermissionCatalog} about Unix sockets. */
final class SocketEntries {

  static final List<PermissionCatalog.Entry> ROWS =
      List.of(
          new PermissionCatalog.Entry(
              Permission.UNIX_SOCKETS,
              "Unix sockets",
              "Connect to the Unix sockets that it sees, for example to notify systemd that it is"
                  + " ready (run.type: Notify); to offer one it needs ports too.",
              "No Unix sockets but pairs that are connected from the start.",
              Grant.unixSockets(),
              Ceiling.noUnixSockets(),
              "In the network of the device it also reaches sockets that other programs have there"
                  + " without a file."),
          new PermissionCatalog.Entry(
              Permission.TALK_TO,
              "Other apps",
              "Connect to the Unix sockets that these apps of the device make in /run/sandbar-apps/APP,"
                  + " if they list the app in acceptFrom.",
              "No Unix sockets of other apps.",
              Sandbox.CLOSED,
              Ceiling.noTalk(),
              "What the other app sends is not filtered, and it can hand over files and connections"
                  + " that it has open (SCM_RIGHTS of unix(7))."),
          new PermissionCatalog.Entry(
              Permission.ACCEPT_FROM,
              "Clients on the device",
              "Make Unix sockets in /run/sandbar-apps/NAME ($RUNTIME_DIRECTORY), to which these apps of"
                  + " the device connect if they list the app in talkTo.",
              "No Unix sockets that other apps see.",
              Sandbox.CLOSED,
              Ceiling.noAccept(),
              "An app that is taken off the list is cut off when the agent has restarted it; the"
                  + " directories of all such apps share 1 MiB and 4096 entries."),
          new PermissionCatalog.Entry(
              Permission.DBUS,
              "Services on the system bus",
              "Call these services on the D-Bus system bus of the device, and get their signals, or be"
                  + " services there (own), through a filter (xdg-dbus-proxy) that no other app shares.",
              "No system bus.",
              Sandbox.CLOSED,
              Ceiling.noServices(),
              "What a service does for those who call it is up to the service and to the policy of"
                  + " the bus; the names of all that stand on the bus are not shown."),
          new PermissionCatalog.Entry(
              Permission.BLUETOOTH,
              "Bluetooth",
              "Use the Bluetooth adapters of the device through BlueZ (org.bluez on the system bus).",
              "No BlueZ, and no Bluetooth sockets.",
              Grant.services(List.of(BusName.BLUEZ)),
              Ceiling.noBluetooth(),
              "BlueZ has one state for all: the app sees, pairs and removes the devices of others"
                  + " too."));

  private SocketEntries() {}
}
