package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(VirtualDevices.class)
class VirtualNetworkTest {
  private final VirtualDevice one;
  private final VirtualDevice two;
  private final VirtualNetwork network;

  VirtualNetworkTest(
      @OnDevice(name = "one", network = true) VirtualDevice one,
      @OnDevice(name = "two", network = true, suite = Suite.FORKY) VirtualDevice two,
      VirtualNetwork network) {
    this.one = one;
    this.two = two;
    this.network = network;
  }

  @Test
  void twoDevicesReachEachOtherOverBothProtocols() throws Exception {
    assertThat(fetch(two, one, one.address().orElseThrow())).isEqualTo("hello from one");
    assertThat(fetch(two, one, one.address6().orElseThrow())).isEqualTo("hello from one");
    assertThat(fetch(one, two, two.address().orElseThrow())).isEqualTo("hello from two");
  }

  /** A server socket of this JVM, in the device's namespace, answers a client program there. */
  private static String fetch(VirtualDevice from, VirtualDevice to, String address)
      throws Exception {
    try (ServerSocket server = to.network().call(() -> new ServerSocket(0))) {
      Thread.ofVirtual().start(() -> answer(server, "hello from " + to.name()));
      return read(from, address, server.getLocalPort());
    }
  }

  private static String read(VirtualDevice from, String address, int port) {
    return from.exec(
            Duration.ofSeconds(10), "busybox", "nc", "-w", "2", address, Integer.toString(port))
        .stdout();
  }

  private static void answer(ServerSocket server, String text) {
    try (Socket client = server.accept()) {
      client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The test is over.
    }
  }

  @ParameterizedTest
  @EnumSource(VirtualNetwork.Peer.class)
  void theOtherHostsAnswerOverBothProtocols(VirtualNetwork.Peer peer) throws Exception {
    for (String address : List.of(peer.ipv4(), peer.ipv6())) {
      try (ServerSocket server = network.namespace(peer).call(() -> new ServerSocket(8123))) {
        Thread.ofVirtual().start(() -> answer(server, "hello from " + peer));
        assertThat(read(one, address, 8123)).isEqualTo("hello from " + peer);
      }
    }
  }

  @Test
  void aServerProgramRunsAsAnotherHostAndEndsWithItsHandle() throws Exception {
    var argv =
        List.of(
            "perl",
            "-MIO::Socket::INET",
            "-e",
            "$s=IO::Socket::INET->new(LocalPort=>8124,Listen=>1) or die; $|=1; print \"up\\n\";"
                + " while($c=$s->accept){print $c \"program\";close $c}");
    RunningProgram server = network.start(VirtualNetwork.Peer.LAN, argv, Map.of());
    try (server) {
      assertThat(server.stdout().readNBytes(3)).asString(StandardCharsets.UTF_8).isEqualTo("up\n");
      assertThat(read(two, VirtualNetwork.Peer.LAN.ipv4(), 8124)).isEqualTo("program");
    }
    assertThat(server.running()).isFalse();
    assertThat(read(two, VirtualNetwork.Peer.LAN.ipv4(), 8124)).isEmpty();
  }

  @Test
  void thisJvmReachesADevicesOwnLoopback() throws Exception {
    try (var server =
        one.start(
            List.of(
                "perl",
                "-MIO::Socket::INET",
                "-e",
                "$s=IO::Socket::INET->new(LocalAddr=>\"127.0.0.1\",LocalPort=>8125,Listen=>1);"
                    + " $|=1; print \"up\\n\"; $c=$s->accept; print $c \"loopback\""),
            Map.of())) {
      assertThat(server.stdout().readNBytes(3)).hasSize(3);
      String answer =
          one.network()
              .call(
                  () -> {
                    try (var socket = new Socket("127.0.0.1", 8125);
                        InputStream in = socket.getInputStream()) {
                      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    }
                  });
      assertThat(answer).isEqualTo("loopback");
    }
  }

  @Test
  void aPulledCableCutsTheDeviceOffUntilItIsPluggedInAgain() {
    String router = VirtualNetwork.Peer.ROUTER.ipv4();
    assertThat(pings(one, router)).isTrue();
    network.disconnect(one);
    assertThat(pings(one, router)).isFalse();
    network.reconnect(one);
    assertThat(Polling.until(Duration.ofSeconds(10), () -> pings(one, router))).isTrue();
  }

  @Test
  void aDeviceKeepsItsAddressAcrossAReboot() {
    two.powerCut();
    two.boot();
    assertThat(pings(one, two.address().orElseThrow())).isTrue();
  }

  private static boolean pings(VirtualDevice from, String address) {
    return from.exec("busybox", "ping", "-c", "1", "-W", "1", address).ok();
  }

  /** A network whose process was killed is made again, and one that runs is found. */
  @Test
  void whatAKilledProcessLeftOfANetworkIsReplaced() throws Exception {
    String name = "killed-" + ProcessHandle.current().pid();
    try (var first = VirtualNetwork.detached(name)) {
      ProcessHandle holder = ProcessHandle.of(first.pid()).orElseThrow();
      assertThat(VirtualNetwork.detached(name).pid()).isEqualTo(holder.pid());
      holder.destroyForcibly();
      holder.onExit().get();

      var again = VirtualNetwork.detached(name);

      assertThat(again.exists()).isTrue();
      assertThat(
              again
                  .exec(VirtualNetwork.Peer.LAN, Duration.ofSeconds(10), "ip", "address")
                  .orThrow())
          .contains(VirtualNetwork.Peer.LAN.ipv4());
    }
    assertThat(VirtualNetwork.list()).extracting(VirtualNetwork::id).doesNotContain(name);
  }
}
