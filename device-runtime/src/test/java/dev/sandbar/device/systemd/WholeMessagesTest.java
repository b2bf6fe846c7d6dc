package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.freedesktop.dbus.messages.MessageFactory;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.spi.message.IMessageWriter;
import org.freedesktop.dbus.spi.message.ISocketProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeMessagesTest {

  @Test
  void theLibraryFindsIt() {
    assertThat(ServiceLoader.load(ISocketProvider.class))
        .hasOnlyElementsOfType(WholeMessages.class);
  }

  @Test
  void allPartsOfAMessageArriveInTheirOrder(@TempDir Path folder) throws Exception {
    MethodCall call =
        new MessageFactory((byte) 'l')
            .createMethodCall(
                "org.freedesktop.systemd1",
                "/org/freedesktop/systemd1",
                "org.freedesktop.DBus.Properties",
                "GetAll",
                (byte) 0,
                "s",
                "org.freedesktop.systemd1.Manager");
    var address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      try (var client = SocketChannel.open(address);
          var peer = server.accept();
          IMessageWriter writer = new WholeMessages().createWriter(client)) {
        writer.writeMessage(call);
        assertThat(writer.isClosed()).isFalse();
        client.shutdownOutput();
        assertThat(all(peer)).isNotEmpty().isEqualTo(joined(call.getWireData()));
      }
    }
  }

  private static byte[] all(SocketChannel peer) throws Exception {
    var bytes = ByteBuffer.allocate(4096);
    while (peer.read(bytes) >= 0) {
      assertThat(bytes.hasRemaining()).isTrue();
    }
    byte[] all = new byte[bytes.flip().remaining()];
    bytes.get(all);
    return all;
  }

  private static byte[] joined(byte[][] parts) {
    var joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      if (part != null) {
        joined.writeBytes(part);
      }
    }
    return joined.toByteArray();
  }
}
