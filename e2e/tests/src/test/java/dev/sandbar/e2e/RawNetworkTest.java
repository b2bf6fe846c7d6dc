package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Raw packets go where the permissions of the app say, whatever made them. */
class RawNetworkTest {

  private static final int ROUNDS = 2;

  @TempDir private Path folder;

  /** Keeps what datagrams to port 9999 of a host say. */
  private static final class Receiver implements AutoCloseable {
    private final DatagramSocket socket;
    private final Set<String> said = new ConcurrentSkipListSet<>();

    Receiver(VirtualNetwork network, Peer at) throws Exception {
      socket = network.namespace(at).call(() -> new DatagramSocket(9999));
      Thread.ofVirtual().start(this::receive);
    }

    private void receive() {
      try {
        while (true) {
          var packet = new DatagramPacket(new byte[100], 100);
          socket.receive(packet);
          said.add(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII));
        }
      } catch (SocketException e) {
        // Closed.
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    Set<String> said() {
      return new TreeSet<>(said);
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TRIXIE", "FORKY"})
  void rawPacketsGoWhereThePermissionsSay(Suite suite) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("raw.yaml", RawApps.attacker());
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("raw").suite(suite).network(network).boot();
        NameServer names =
            NameServer.answering(
                network.namespace(Peer.ROUTER).call(() -> new DatagramSocket(53)), "203.0.113.1");
        var internet = new Receiver(network, Peer.INTERNET);
        var lan = new Receiver(network, Peer.LAN)) {
      assertThat(names).isNotNull();
      NetworkApps.prepare(device);
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "raw");
        String address = FirewallApps.address(device, "raw");
        RawApps.count(device, address);
        NetworkApps.awaitSays(
            device, "raw", "ping answered", "name known", "fine sent", "raw-internet sent");
        awaitRounds(device);
        assertThat(RawApps.counted(device, "fine")).isPositive();
        assertThat(RawApps.counted(device, "other")).isZero();
        assertThat(lan.said()).isEmpty();
        assertThat(internet.said()).containsExactly("fine", "raw-internet");
        assertThat(loop.condition("raw", "Drifted")).isEqualTo("False");

        // A firewall that is loaded anew.
        device.exec("nft", "flush", "ruleset").orThrow();
        RawApps.count(device, address);
        awaitRounds(device);
        assertThat(RawApps.counted(device, "other")).isZero();

        // Without the rules each of these arrives: the attempts are real.
        FirewallApps.inside(device, "raw", "nft delete table netdev sandbar");
        await().atMost(Apps.SOON).until(() -> RawApps.counted(device, "other") > 0);
        await().atMost(Apps.SOON).until(() -> lan.said().contains("lan"));
        await().atMost(Apps.SOON).until(() -> internet.said().contains("spoofed"));
        Apps.awaitDrift(loop, "raw", ".*firewall.*missing.*");
        device.exec("systemctl", "restart", "sandbar-raw.service").orThrow();
        Apps.awaitNoDrift(loop, "raw");

        FirewallApps.inside(device, "raw", "nft insert rule netdev sandbar egress accept");
        Apps.awaitDrift(loop, "raw", ".*firewall.*1 other rules.*");
      }
    }
  }

  private static void awaitRounds(VirtualDevice device) {
    long before = rounds(device);
    await().atMost(Apps.SOON).until(() -> rounds(device) >= before + ROUNDS);
  }

  private static long rounds(VirtualDevice device) {
    return NetworkApps.journal(device, "raw").lines().filter("round"::equals).count();
  }
}
