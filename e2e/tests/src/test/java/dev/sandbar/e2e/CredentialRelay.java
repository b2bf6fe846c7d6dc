package dev.sandbar.e2e;

import dev.sandbar.vdev.VirtualDevice;

/**
 * Lets an agent outside of a virtual device ask the systemd in it to encrypt credentials: that
 * accepts no connection from another PID namespace, so one in the device stands in between. An
 * agent on the device needs none of it ({@code HardenedAgentTest}).
 */
final class CredentialRelay {

  private static final String UNITS = "/etc/systemd/system/";
  private static final String ASKED = "/run/systemd/io.systemd.Credentials";
  private static final String MOVED = "/run/systemd/credentials-of-this-device";

  private CredentialRelay() {}

  static void install(VirtualDevice device) {
    device.write(
        UNITS + "systemd-creds.socket.d/moved.conf",
        "[Socket]\nListenStream=\nListenStream=%s\n".formatted(MOVED));
    device.write(
        UNITS + "relay.socket",
        """
        [Unit]
        DefaultDependencies=no
        [Socket]
        ListenStream=%s
        SocketMode=0600
        """
            .formatted(ASKED));
    device.write(
        UNITS + "relay.service",
        """
        [Unit]
        DefaultDependencies=no
        Requires=systemd-creds.socket
        [Service]
        ExecStart=/usr/lib/systemd/systemd-socket-proxyd %s
        """
            .formatted(MOVED));
    device
        .exec(
            "sh",
            "-ec",
            "mkdir -p %1$ssockets.target.wants; ln -s ../relay.socket %1$ssockets.target.wants/; systemctl daemon-reload; systemctl restart systemd-creds.socket; systemctl restart relay.socket"
                .formatted(UNITS))
        .orThrow();
  }
}
