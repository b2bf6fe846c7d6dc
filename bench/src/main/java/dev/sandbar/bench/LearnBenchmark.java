package dev.sandbar.bench;

import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.AppImage;
import dev.sandbar.vdev.image.SampleImages;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

/**
 * What being watched costs a service: a database that answers one client as fast as it can, and, as
 * the worst case, a program that does nothing but system calls. With and without the watch take
 * turns; the middle of all rounds counts.
 */
final class LearnBenchmark {

  private static final String IMAGE = "/srv/daemons.squashfs";
  private static final Duration TURN = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration START = Duration.ofSeconds(20);
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** One that answers takes a few microseconds, most of them in the kernel. */
  private static final byte[] QUESTION = "INCR x\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final String UNIT =
      """
      [Service]
      Slice=watched.slice
      RootImage=%s
      MountAPIVFS=yes
      BindPaths=/run/watched
      Environment=LANG=C.UTF-8 LC_ALL=C.UTF-8
      ExecStart=/usr/bin/redis-server --locale-collate C --port 0 --save '' --unixsocket /run/watched/redis
      """
          .formatted(IMAGE);

  private final int rounds;

  LearnBenchmark(int rounds) {
    this.rounds = rounds;
  }

  void run() throws IOException, InterruptedException {
    try (var device = VirtualDevice.named("bench-learn-" + ProcessHandle.current().pid()).boot()) {
      AppImage image = SampleImages.cached(_ -> {}).daemons();
      device.put(image.path(), IMAGE);
      Files.createDirectories(device.root().resolve("run/watched"));
      Files.writeString(device.root().resolve("run/systemd/system/watched.service"), UNIT);
      device.exec(LIMIT, "systemctl", "daemon-reload").orThrow();
      device.exec(LIMIT, "systemctl", "start", "watched").orThrow();
      var socket = UnixDomainSocketAddress.of(device.root().resolve("run/watched/redis"));
      try (SocketChannel client = connected(device, socket)) {
        turn(client);
        Pair answers = measured("answers of a database", device, () -> turn(client));
        Report.goal("lost by a database while it is watched, median", answers.lost(), "%", 5);
      }
      Pair calls =
          measured(
              "system calls of a program that makes nothing else", device, () -> calls(device));
      Report.say(
          "one system call takes %.0f ns longer", 1e9 / calls.watched() - 1e9 / calls.alone());
    }
  }

  /** Something that is measured; more is better. */
  private interface Turn {
    double run() throws IOException;
  }

  /** Medians of all rounds. */
  private record Pair(double alone, double watched) {
    double lost() {
      return 100 * (1 - watched / alone);
    }
  }

  private Pair measured(String what, VirtualDevice device, Turn turn)
      throws IOException, InterruptedException {
    var alone = new ArrayList<Double>();
    var watched = new ArrayList<Double>();
    for (int i = 0; i < rounds; i++) {
      alone.add(turn.run());
      watched.add(watched(device, turn));
    }
    var before = new Sample(alone);
    var after = new Sample(watched);
    Report.say(
        "%s, a second: alone %s, watched %s", what, before.spread("%.0f"), after.spread("%.0f"));
    return new Pair(before.median(), after.median());
  }

  private static double watched(VirtualDevice device, Turn turn)
      throws IOException, InterruptedException {
    try (var watch = ServiceWatch.begin(device.root(), "/watched.slice", ClosedMode.knownCalls())) {
      Thread looks =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      while (true) {
                        watch.look();
                        Thread.sleep(PAUSE);
                      }
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
      try {
        return turn.run();
      } finally {
        looks.interrupt();
        looks.join();
      }
    }
  }

  private static double turn(SocketChannel client) throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(64);
    long begin = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - begin < TURN.toNanos()) {
      for (int i = 0; i < 100; i++) {
        client.write(ByteBuffer.wrap(QUESTION));
        answer.clear();
        client.read(answer);
        count++;
      }
    }
    return count * 1e9 / (System.nanoTime() - begin);
  }

  private static SocketChannel connected(VirtualDevice device, UnixDomainSocketAddress socket)
      throws IOException, InterruptedException {
    Path file = socket.getPath();
    for (long end = System.nanoTime() + START.toNanos(); !Files.exists(file); ) {
      if (System.nanoTime() > end) {
        throw new IOException(device.exec(LIMIT, "systemctl", "status", "watched").stdout());
      }
      Thread.sleep(PAUSE);
    }
    SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
    client.connect(socket);
    return client;
  }

  /** Two for each byte. */
  private static double calls(VirtualDevice device) {
    int bytes = 2_000_000;
    long begin = System.nanoTime();
    device
        .exec(
            LIMIT,
            "systemd-run",
            "--quiet",
            "--wait",
            "--slice=watched.slice",
            "dd",
            "if=/dev/zero",
            "of=/dev/null",
            "bs=1",
            "count=" + bytes,
            "status=none")
        .orThrow();
    return 2.0 * bytes * 1e9 / (System.nanoTime() - begin);
  }
}
