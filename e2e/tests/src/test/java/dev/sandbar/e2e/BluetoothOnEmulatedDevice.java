package dev.sandbar.e2e;

import static dev.sandbar.e2e.EmulatedPackage.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;

/**
 * BlueZ as its package brings it, confined by the example, with a controller that BlueZ's own
 * emulator makes behind the kernel's virtual HCI driver; and an app that uses it over the bus.
 */
final class BluetoothOnEmulatedDevice {
  private static final String DAEMON = "bluetoothd";
  private static final String CLIENT = "beacon";
  private static final String KIT = "/srv/images/kit.squashfs";

  private static final String CONTROLLER =
      """
      modprobe hci_vhci
      printf '[Service]\nExecStart=/usr/bin/btvirt -l1\n' >/run/systemd/system/btvirt.service
      systemctl daemon-reload
      systemctl start btvirt
      timeout 60 sh -c 'until [ -e /sys/class/bluetooth/hci0 ]; do sleep 0.2; done'
      systemctl start bluetooth.service
      # The kernel gives up a controller that does not answer within two seconds, as on a busy machine.
      timeout 150 sh -c 'until busctl tree org.bluez | grep -q hci0; do systemctl restart btvirt; sleep 5; done'
      modprobe squashfs
      mount -o loop,ro %s /mnt
      install -D -m 755 /mnt/usr/bin/probe /usr/lib/sandbar/probe-kit
      umount /mnt
      """
          .formatted(KIT);

  /** What it says last is of sockets that only the daemon has. */
  private static final String PROGRAM =
      """
      until bluetoothctl list | grep -q Controller; do sleep 1; done
      bluetoothctl power off >/dev/null
      bluetoothctl show | grep Powered
      bluetoothctl power on >/dev/null
      bluetoothctl discoverable on >/dev/null
      bluetoothctl show | grep -E 'Powered|Discoverable:'
      perl -e 'socket(my $s, 31, 3, 1) ? print "hci open\\n" : print "hci $!\\n"'
      echo END
      exec sleep infinity
      """;

  private final EmulatedAgent agent;

  BluetoothOnEmulatedDevice(EmulatedAgent agent) {
    this.agent = agent;
  }

  /**
   * The walls of the example hold, and the adapter is switched by an app that can do that alone.
   */
  void theDaemonServesAnAppFromBehindItsWalls() throws IOException {
    AppImage kit = Workbench.images().probe();
    agent.device().put(kit.path(), KIT);
    sh(agent.device(), CONTROLLER);
    agent
        .repository()
        .write(DAEMON + ".yaml", ExamplesTest.example(DAEMON))
        .commit(
            CLIENT + ".yaml",
            Workbench.manifest(
                CLIENT,
                """
                run: {command: [/usr/bin/sh, /run/beacon/beacon]}
                  permissions: {bluetooth: true}
                  files:
                    - path: /run/beacon/beacon
                      content: |
                """
                    + PROGRAM.indent(8)));
    Apps.awaitApplied(agent, agent.repository(), DAEMON, CLIENT);
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        sh(
                            agent.device(),
                            "journalctl --output=cat --no-pager --unit=" + Apps.unit(CLIENT)))
                    .containsSubsequence(
                        "Powered: no",
                        "Powered: yes",
                        "Discoverable: yes",
                        "hci Address family not supported by protocol",
                        "END"));
    theDaemonIsBehindWalls();

    agent.remove(CLIENT);
    agent.remove(DAEMON);
    assertThat(
            sh(
                agent.device(),
                "systemctl show --property=ActiveState,DropInPaths bluetooth.service"))
        .contains("ActiveState=active")
        .doesNotContain("sandbar");
  }

  private void theDaemonIsBehindWalls() throws IOException {
    assertThat(agent.drifts(DAEMON)).isEmpty();
    // In tenths; 60 as the package has it.
    sh(
        agent.device(),
        "systemd-analyze security --no-pager --threshold=20 bluetooth.service >/dev/null");
    assertThat(agent.cli("attest " + DAEMON).stdout())
        .contains("Enforced")
        .doesNotContain("Degraded");
    CommandResult probed = agent.cli("probe " + DAEMON);
    assertThat(probed.exitCode()).as(probed.stdout() + probed.stderr()).isZero();
    assertThat(probed.stdout()).contains("nothing opened that is not granted");
  }
}
