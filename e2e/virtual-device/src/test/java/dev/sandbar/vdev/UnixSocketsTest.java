package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketsTest {
  @TempDir Path folder;

  /** As a program is seen that was interrupted before it called listen(2). */
  @Test
  void aBoundSocketDoesNotListenYet() throws IOException {
    Path path = folder.resolve("bound.sock");
    try (SocketChannel bound = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      bound.bind(UnixDomainSocketAddress.of(path));
      assertThat(path).exists();
      assertThat(UnixSockets.listens(path)).isFalse();
    }
  }

  @Test
  void aListeningSocketListensUntilItIsClosed() throws IOException {
    Path path = folder.resolve("with a blank.sock");
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThat(UnixSockets.listens(path)).isFalse();
      listening.bind(UnixDomainSocketAddress.of(path));
      assertThat(UnixSockets.listens(path)).isTrue();
    }
    assertThat(path).exists();
    assertThat(UnixSockets.listens(path)).isFalse();
  }
}
