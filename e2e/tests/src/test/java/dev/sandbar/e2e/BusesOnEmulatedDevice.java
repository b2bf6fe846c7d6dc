package dev.sandbar.e2e;

import static dev.sandbar.e2e.EmulatedPackage.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A CAN bus, a camera, a sound card and a chip on an I2C bus, whose drivers an app has the kernel
 * load: they do what an app asks for that has their permissions, and nothing for one that has none.
 * Debian's kernel has no driver that makes lines of GPIO or an SPI bus of software.
 */
final class BusesOnEmulatedDevice {
  private static final String GRANTED = "machine";
  private static final String WITHHELD = "stranger";
  private static final String GREEDY = "greedy";

  /**
   * The driver of the chip takes its address as a parameter, which kernelModules has none of; the
   * bus of the mainboard has no chip there. Debian's package i2c-tools brings the group and the
   * rule.
   */
  private static final String PREPARATION =
      """
      groupadd --system i2c
      echo 'SUBSYSTEM=="i2c-dev", GROUP="i2c", MODE="0660"' >/etc/udev/rules.d/60-i2c.rules
      udevadm control --reload
      modprobe i2c_stub chip_addr=0x48
      test ! -e /sys/module/vcan
      test ! -e /dev/video0
      """;

  /**
   * Each time: VIDIOC_QUERYCAP, SNDRV_CTL_IOCTL_CARD_INFO, a byte written and read by I2C_SMBUS at
   * the address set by I2C_SLAVE, and a frame from one CAN socket to another.
   */
  private static final String PROGRAM =
      """
      use Fcntl;
      $| = 1;
      sub opened { my $f; return sysopen($f, $_[0], O_RDWR) ? $f : undef }
      sub chip {
        my $f = shift;
        ioctl($f, 0x0703, 0x48) or return 0;
        my ($out, $in) = (pack('C34', 122), "\\0" x 34);
        ioctl($f, 0x0720, pack('CCx2LP34', 0, 16, 2, $out)) or return 0;
        ioctl($f, 0x0720, pack('CCx2LP34', 1, 16, 2, $in)) or return 0;
        return unpack 'C', $in;
      }
      sub frame {
        socket(my $from, 29, 3, 1) or return "$!";
        socket(my $to, 29, 3, 1) or return "$!";
        my $name = pack('a16x24', 'vcan0');
        ioctl($from, 0x8933, $name) or return "$!";
        my $place = pack('Sx2lx16', 29, unpack('x16l', $name));
        bind($_, $place) or return "$!" for $from, $to;
        syswrite($from, pack('LCx3a8', 0x123, 4, 'pump')) or return "$!";
        my $ready = '';
        vec($ready, fileno($to), 1) = 1;
        select($ready, undef, undef, 5) or return 'nothing';
        sysread $to, my $got, 16;
        return sprintf '%x %s', unpack 'Lx4a4', $got;
      }
      while (1) {
        my ($video, $sound) = ("\\0" x 104, "\\0" x 376);
        my $f = opened('/dev/video0');
        print 'camera ', ($f && ioctl($f, 0x80685600, $video) ? unpack('Z16', $video) : "$!"), "\\n";
        $f = opened('/dev/snd/controlC0');
        print 'audio ', ($f && ioctl($f, 0x81785501, $sound) ? unpack('x8Z16', $sound) : "$!"), "\\n";
        my ($chip) = grep { $_ } map { my $i = opened("/dev/i2c-$_"); $i ? chip($i) : 0 } 0 .. 3;
        print 'i2c ', $chip // 'none', "\\n";
        print 'can ', frame(), "\\n";
        print 'hci ', (socket(my $s, 31, 3, 1) ? 'open' : "$!"), "\\n";
        print "round\\n";
        sleep 2;
      }
      """;

  private final EmulatedAgent agent;

  BusesOnEmulatedDevice(EmulatedAgent agent) {
    this.agent = agent;
  }

  /** What the modules of an app make is its own to use, and stays when it goes. */
  void hardwareIsForThoseThatHaveItsPermission() throws IOException {
    sh(agent.device(), PREPARATION);
    String modules = "kernelModules: [vcan, vivid, snd_dummy, i2c_dev]";
    agent
        .repository()
        .write(
            GRANTED + ".yaml",
            app(GRANTED, "camera: true, audio: true, i2c: true, canBus: true, " + modules))
        .write(WITHHELD + ".yaml", app(WITHHELD, ""))
        .commit(GREEDY + ".yaml", Apps.waiting(GREEDY, "permissions: {kernelModules: [dummy]}"));
    Apps.awaitApplied(agent, agent.repository(), GRANTED, WITHHELD);
    assertThat(agent.problems().toString())
        .contains("dummy", "policy.kernelModules does not list it");
    sh(
        agent.device(),
        """
        test -e /sys/module/vcan
        test ! -e /sys/module/dummy
        ip link add vcan0 type vcan
        ip link set vcan0 up
        """);
    awaitSays(GRANTED, "camera vivid", "audio Dummy", "i2c 122", "can 123 pump");
    awaitSays(
        WITHHELD,
        "camera No such file or directory",
        "audio No such file or directory",
        "i2c none",
        "can Address family not supported by protocol",
        "hci Address family not supported by protocol");
    assertThat(agent.cli("attest " + GRANTED).stdout())
        .containsPattern("kernelModules.*Enforced")
        .doesNotContain("Degraded");
    agent.repository().remove(GREEDY + ".yaml");
    // One after the other: many at once are held back.
    agent.remove(WITHHELD);
    agent.remove(GRANTED);
    // Who else uses them the kernel does not always know.
    sh(agent.device(), "test -e /sys/module/vcan; ip link delete vcan0");
  }

  private static String app(String name, String permissions) {
    return Workbench.manifest(
        name,
        """
        run: {command: [/usr/bin/perl, /run/hardware/hardware]}
          permissions: {%s}
          files:
            - path: /run/hardware/hardware
              content: |
        """
                .formatted(permissions)
            + PROGRAM.indent(8));
  }

  private void awaitSays(String app, String... lines) {
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(() -> assertThat(said(app)).containsSubsequence(Arrays.asList(lines)));
  }

  /** In its last whole round. */
  private List<String> said(String app) {
    String[] rounds =
        sh(agent.device(), "journalctl --output=cat --no-pager --lines=40 --unit=" + Apps.unit(app))
            .split("(?m)^round$");
    return rounds.length < 2 ? List.of() : rounds[rounds.length - 2].strip().lines().toList();
  }
}
