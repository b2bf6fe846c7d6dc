package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Name servers that answer outside of the device's own network namespace. */
class NameServerListTest {

  @TempDir private Path root;

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void programsAskThemInOrderAndAtMostThree() throws Exception {
    write(
        "etc/resolv.conf",
        """
        # nameserver 192.0.2.9
        search example
        nameserver 192.0.2.7
        nameserver\t192.0.2.1 # first
        nameserver 192.0.2.7
        nameserver fd00::1
        nameserver 127.0.0.1
        nameserver 192.0.2.0/24
        nameserver
        nameserver 192.0.2.3
        nameserver 192.0.2.4
        """);
    assertThat(NameServerList.reachable(root))
        .containsExactly("192.0.2.7", "192.0.2.1", "192.0.2.3");
  }

  @Test
  void behindTheStubAreThoseOfResolved() throws Exception {
    write("etc/resolv.conf", "nameserver 127.0.0.53\n");
    write("run/systemd/resolve/resolv.conf", "nameserver 198.51.100.1\nnameserver 127.0.0.53\n");
    assertThat(NameServerList.reachable(root)).containsExactly("198.51.100.1");
  }

  /** What stands there is the network's to say, and goes into rules that root loads. */
  @Test
  void whatIsNoAddressIsLeftOut() throws Exception {
    write(
        "etc/resolv.conf",
        "nameserver 192.0.2.1};flush\nnameserver 1.2.3.4:53\nnameserver 192.0.2.1%eth0\n"
            + "nameserver 0xc0000201\nnameserver 192.0.2\n");
    assertThat(NameServerList.reachable(root)).isEmpty();
  }

  @Test
  void aDeviceWithoutAnyHasNone() {
    assertThat(NameServerList.reachable(root)).isEmpty();
  }
}
