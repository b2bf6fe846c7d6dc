package dev.sandbar.core.catalog;

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
                  + " directories of all such apps share 1 MiB and 4096 entries."));

  private SocketEntries() {}
}
