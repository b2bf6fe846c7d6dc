package dev.sandbar.e2e;

import static dev.sandbar.e2e.EmulatedPackage.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;

/**
 * USB devices that the kernel's own gadgets are, at two ports of a host controller that is made of
 * software (dummy_hcd): enumerated, named by udev and driven as those at a cable.
 */
final class UsbOnEmulatedDevice {
  private static final String APP = "pump";
  private static final String NAME = "1d6b_0104_A50285BI";
  private static final String LINE = "/dev/sandbar/serial/" + NAME;
  private static final String BUS = "/dev/sandbar/usb/" + NAME;

  /** udev writes an underscore for each slash in what a device says of itself. */
  private static final String OTHER = "/dev/sandbar/serial/0403_6001_.._.._etc_x";

  /**
   * The pump, and another device, which says a path of itself and has a disk beside its serial
   * line.
   */
  private static final String GADGETS =
      """
      modprobe dummy_hcd num=2
      modprobe libcomposite
      gadget() {
        cd /sys/kernel/config/usb_gadget
        mkdir -p $1/strings/0x409 $1/configs/c.1 $1/functions/acm.0
        cd $1
        echo $2 >idVendor
        echo $3 >idProduct
        echo "$4" >strings/0x409/serialnumber
        ln -s functions/acm.0 configs/c.1/
      }
      gadget pump 0x1d6b 0x0104 A50285BI
      gadget other 0x0403 0x6001 '../../etc/x'
      mkdir functions/mass_storage.0
      echo 1 >functions/mass_storage.0/lun.0/removable
      ln -s functions/mass_storage.0 configs/c.1/
      """;

  /**
   * Speaks over the line, asks the device for its descriptor, and tries whatever else is there.
   *
   * <p>The request is USBDEVFS_CONTROL, for GET_DESCRIPTOR of the device (USB 2.0, 9.4.3).
   */
  private static final String PROGRAM =
      """
      use Fcntl;
      use POSIX qw(:termios_h);
      $| = 1;
      sysopen(my $tty, '%1$s', O_RDWR | O_NOCTTY) or die "line: $!";
      my $raw = POSIX::Termios->new;
      $raw->getattr(fileno $tty);
      $raw->setlflag(0);
      $raw->setattr(fileno $tty, TCSANOW);
      syswrite $tty, "pump\\n";
      sysread $tty, my $answer, 100;
      print "heard $answer";
      sysopen(my $usb, '%2$s', O_RDWR) or die "usb: $!";
      my $got = "\\0" x 18;
      ioctl($usb, 0xC0185500, pack('CCSSSLx4P18', 0x80, 6, 0x100, 0, 18, 5000, $got)) or die "control: $!";
      printf "is %%04x:%%04x\\n", unpack('x8SS', $got);
      my $own = join ' ', (stat $tty)[6], (stat $usb)[6];
      for my $node (map("/dev/ttyACM$_", 0 .. 3), map("/dev/ttyGS$_", 0 .. 1), glob '/dev/bus/usb/*/* /dev/sd* /dev/sg*') {
        sysopen(my $f, $node, O_RDWR | O_NOCTTY | O_NONBLOCK) or next;
        my $number = (stat $f)[6];
        print "opens another: $node\\n" if $own !~ /\\b$number\\b/;
      }
      print "number ", (stat $tty)[6] & 255, "\\n";
      sleep 3600;
      """;

  private final EmulatedAgent agent;

  UsbOnEmulatedDevice(EmulatedAgent agent) {
    this.agent = agent;
  }

  /** An app runs while its hardware is plugged in, whatever number that has, and opens no other. */
  void anAppFollowsItsDevice() throws IOException {
    sh(agent.device(), GADGETS);
    String named = "[{vendor: \"1d6b\", product: \"0104\", serial: A50285BI}]";
    agent
        .repository()
        .commit(
            APP + ".yaml",
            Workbench.manifest(
                APP,
                """
                run: {command: [/usr/bin/perl, /run/pump/pump]}
                  permissions: {serial: %s, usb: %s}
                  files:
                    - path: /run/pump/pump
                      content: |
                """
                        .formatted(named, named)
                    + PROGRAM.formatted(LINE, BUS).indent(8)));
    awaitMissing();
    plug("pump", 0);
    awaitTalk("ttyGS0", "level 42", 0);

    sh(agent.device(), "echo >/sys/kernel/config/usb_gadget/pump/UDC");
    awaitMissing();
    assertThat(Apps.show(agent.device(), APP, "Result")).isEqualTo("success");

    String last = Apps.invocation(agent.device(), APP);
    plug("other", 0);
    awaitLinks("/dev/sandbar/serial/0403_6001", OTHER);
    assertThat(Apps.invocation(agent.device(), APP)).as("not started by it").isEqualTo(last);
    plug("pump", 1);
    awaitTalk("ttyGS0", "level 43", 1);
    awaitLinks(
        "/dev/sandbar/serial/0403_6001",
        OTHER,
        "/dev/sandbar/serial/1d6b_0104",
        LINE,
        "/dev/sandbar/usb/1d6b_0104",
        BUS);
    // Neither the other one, which has a disk, nor a hub.
    assertThat(sh(agent.device(), "find /dev/bus/usb -group sandbar-usb | wc -l")).isEqualTo("1");
    assertThat(agent.drifts(APP)).isEmpty();
    agent.remove(APP);
  }

  private void plug(String gadget, int port) {
    sh(
        agent.device(),
        "echo dummy_udc.%d >/sys/kernel/config/usb_gadget/%s/UDC".formatted(port, gadget));
  }

  private void awaitMissing() {
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () -> {
              assertThat(agent.why(APP, "Ready"))
                  .as(agent.problems().toString())
                  .startsWith("HardwareMissing: not plugged in: ")
                  .contains(LINE);
              assertThat(Apps.state(agent.device(), APP)).isEqualTo("inactive");
            });
  }

  private void awaitLinks(String... links) {
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        sh(agent.device(), "find /dev/sandbar -type l 2>/dev/null || true").lines())
                    .containsExactlyInAnyOrder(links));
  }

  /** The gadget's side of the line answers, and the app says what it heard. */
  private void awaitTalk(String side, String answer, int number) {
    assertThat(
            sh(
                agent.device(),
                """
                stty -F /dev/%1$s raw -echo
                exec 3<>/dev/%1$s
                read -r line <&3
                echo "%2$s" >&3
                echo $line
                sleep 1
                """
                    .formatted(side, answer)))
        .isEqualTo("pump");
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () ->
                assertThat(said()).endsWith("heard " + answer, "is 1d6b:0104", "number " + number));
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(() -> assertThat(agent.condition(APP, "Ready")).isEqualTo("True"));
  }

  private List<String> said() {
    return sh(
            agent.device(),
            "journalctl --output=cat --no-pager --unit=%s SYSLOG_IDENTIFIER=%s"
                .formatted(Apps.unit(APP), APP))
        .lines()
        .toList();
  }
}
