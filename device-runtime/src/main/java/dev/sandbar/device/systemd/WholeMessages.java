package dev.sandbar.device.systemd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.spi.message.IMessageReader;
import org.freedesktop.dbus.spi.message.IMessageWriter;
import org.freedesktop.dbus.spi.message.ISocketProvider;
import org.freedesktop.dbus.spi.message.InputStreamMessageReader;

/**
 * Writes each message to the bus in one piece. The D-Bus library by itself makes a system call for
 * every field of a header, some 35 a message, and each of them wakes the bus daemon. Public because
 * the library finds it by {@link java.util.ServiceLoader}.
 */
public final class WholeMessages implements ISocketProvider {

  /** For the service loader. */
  public WholeMessages() {}

  @Override
  public IMessageReader createReader(SocketChannel channel) throws IOException {
    return new InputStreamMessageReader(channel);
  }

  @Override
  public IMessageWriter createWriter(SocketChannel channel) {
    return new Writer(channel);
  }

  @Override
  public void setFileDescriptorSupport(boolean supported) {
    // No call of ours passes a file descriptor.
  }

  @Override
  public boolean isFileDescriptorPassingSupported() {
    return false;
  }

  private record Writer(SocketChannel channel) implements IMessageWriter {

    @Override
    public void writeMessage(Message message) throws IOException {
      ByteBuffer whole = whole(message.getWireData());
      while (whole.hasRemaining()) {
        int _ = channel.write(whole);
      }
    }

    /** The parts of a message; after the last the library leaves places of its array empty. */
    private static ByteBuffer whole(byte[][] parts) {
      int size = 0;
      int count = 0;
      while (count < parts.length && parts[count] != null) {
        size += parts[count++].length;
      }
      ByteBuffer whole = ByteBuffer.allocate(size);
      for (int i = 0; i < count; i++) {
        whole.put(parts[i]);
      }
      return whole.flip();
    }

    @Override
    public boolean isClosed() {
      return !channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
