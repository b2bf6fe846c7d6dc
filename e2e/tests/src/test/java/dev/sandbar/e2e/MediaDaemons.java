package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Daemons of {@link DaemonsTest} for what is heard and seen, and what stands for the hardware
 * behind them: a receiver on the network with a thermometer in reach (rtl_tcp), and a camera with
 * something that moves before it (MJPEG).
 */
final class MediaDaemons {

  static final List<String> NAMES = List.of("radio-sensors", "camera-watch", "music-player");

  static final Map<String, String> VOLUMES = Map.of("music", "/srv/music");

  /**
   * A Nexus thermometer (id 42, channel 1, 21.5 degrees, 48 percent) as rtl_433's nexus.c has it,
   * in samples of 8 bits at 250,000 a second; frames of two pictures; twenty seconds of a tone.
   */
  private static final String HARDWARE =
      """
      cat >/usr/local/bin/receiver <<'END'
      use Socket;
      my $bits = sprintf '%08b1000%012b1111%08b', 42, 215, 48;
      sub on { join '', map { pack 'CC', 128 + 90 * cos($_ / 2), 128 + 90 * sin($_ / 2) } 1 .. $_[0] / 4 }
      sub off { pack('CC', 128, 128) x ($_[0] / 4) }
      my $row = on(500) . off(4000) . join '', map { on(500) . off($_ ? 2000 : 1000) } split //, $bits;
      my $burst = off(50000) . $row x 12 . on(500) . off(200000);
      socket(my $s, PF_INET, SOCK_STREAM, 0);
      bind($s, sockaddr_in(1234, INADDR_ANY)) && listen($s, 5) or die;
      while (accept(my $c, $s)) {
        next if fork;
        $SIG{PIPE} = sub { exit };
        syswrite $c, pack 'a4NN', 'RTL0', 5, 29;
        while (1) {
          my $at = 0;
          while ($at < length $burst) { $at += syswrite($c, $burst, 65536, $at) || exit }
          select undef, undef, undef, 0.5;
        }
      }
      END
      cat >/usr/local/bin/camera <<'END'
      use Socket;
      my @frames = map { local (@ARGV, $/) = $_; <> } @ARGV;
      socket(my $s, PF_INET, SOCK_STREAM, 0);
      bind($s, sockaddr_in(8090, INADDR_ANY)) && listen($s, 5) or die;
      while (accept(my $c, $s)) {
        next if fork;
        $SIG{PIPE} = sub { exit };
        sysread $c, my $request, 4096;
        syswrite $c, "HTTP/1.0 200 OK\\r\\nContent-Type: multipart/x-mixed-replace; boundary=f\\r\\n\\r\\n";
        for (my $i = 0; ; $i++) {
          my $frame = $frames[$i / 40 % 2];
          syswrite $c, "--f\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: " . length($frame) . "\\r\\n\\r\\n$frame\\r\\n";
          select undef, undef, undef, 0.05;
        }
      }
      END
      mkdir -p /srv/music
      perl -e 'my $d = join "", map { pack "s<", 8000 * sin($_ / 8000 * 440 * 6.283) } 1 .. 160000;
        print pack("a4Va4a4VvvVVvva4V", "RIFF", 36 + length $d, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
        "data", length $d), $d' >/srv/music/tone.wav
      systemd-run --quiet --unit=receiver --property=Restart=always perl /usr/local/bin/receiver
      systemd-run --quiet --unit=camera --property=Restart=always perl /usr/local/bin/camera /srv/still /srv/moved
      """;

  private MediaDaemons() {}

  /** Plugs it in. */
  static void plug(VirtualDevice device) throws IOException {
    Path folder = Files.createTempDirectory("sandbar-camera");
    device.put(picture(folder.resolve("still"), 40), "/srv/still");
    device.put(picture(folder.resolve("moved"), 200), "/srv/moved");
    device.exec(Duration.ofSeconds(60), "sh", "-ec", HARDWARE).orThrow();
  }

  private static Path picture(Path file, int at) throws IOException {
    var picture = new BufferedImage(320, 240, BufferedImage.TYPE_INT_RGB);
    var graphics = picture.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(at, 60, 80, 100);
    graphics.dispose();
    assertThat(ImageIO.write(picture, "jpg", file.toFile())).isTrue();
    return file;
  }

  /** What the thermometer sends is decoded, and served to clients. */
  static void sensorsAreHeard(Workbench bench, DaemonClient client) {
    await()
        .atMost(Apps.SOON)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(
                        client.begin(8433, "GET /stream HTTP/1.1\r\nHost: edge\r\n\r\n", "Nexus"))
                    .contains("\"id\":42", "\"temperature_C\":21.5"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(bench.journal("radio-sensors")).contains("\"humidity\" : 48"));
  }

  /** What moves is seen, kept and shown. */
  static void motionIsSeen(Workbench bench, DaemonClient client) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(bench.sh("ls /var/lib/private/sandbar-camera-watch")).contains(".jpg"));
    await()
        .atMost(Apps.SOON)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(client.get(8083, "/0/detection/status")).contains("status ACTIVE");
              assertThat(client.begin(8084, "GET / HTTP/1.1\r\nHost: edge\r\n\r\n", "JFIF"))
                  .contains("image/jpeg");
            });
  }

  /** A client has it play, and gets the sound. */
  static void musicIsPlayed(DaemonClient client) {
    await()
        .atMost(Apps.SOON)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(
                        client.begin(
                            6600,
                            "clear\nadd tone.wav\nrepeat 1\nplay\nstatus\nclose\n",
                            "songid:"))
                    .startsWith("OK MPD ")
                    .contains("state: play"));
    await()
        .atMost(Apps.SOON)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(client.begin(8000, "GET / HTTP/1.0\r\n\r\n", "data"))
                    .contains("200 OK", "RIFF", "WAVEfmt "));
  }
}
