package dev.sandbar.e2e;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** As much of an MQTT 3.1.1 client as it takes to hear what a broker delivers. */
final class MqttSubscriber implements AutoCloseable {

  private static final int CONNECT = 0x10;
  private static final int PUBLISH = 0x30;
  private static final int SUBSCRIBE = 0x82;

  /**
   * A delivered message.
   *
   * @param payload as UTF-8
   */
  record Message(String topic, String payload) {}

  private final Socket socket;
  private final List<Message> messages = new CopyOnWriteArrayList<>();

  private MqttSubscriber(Socket socket) {
    this.socket = socket;
  }

  /** Connects, on the network of the calling thread, and subscribes. */
  static MqttSubscriber connect(String host, int port, String filter) throws IOException {
    var socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host, port), 5_000);
      socket.setTcpNoDelay(true);
      var out = new DataOutputStream(socket.getOutputStream());
      out.write(CONNECT);
      out.write(10 + 2 + 4);
      out.writeUTF("MQTT");
      out.write(4); // protocol level of 3.1.1
      out.write(2); // clean session
      out.writeShort(0); // no keep-alive
      out.writeUTF("test");
      out.write(SUBSCRIBE);
      out.write(2 + 2 + filter.length() + 1);
      out.writeShort(1);
      out.writeUTF(filter);
      out.write(0);
      out.flush();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    var subscriber = new MqttSubscriber(socket);
    Thread.ofPlatform().daemon().name("mqtt").start(subscriber::read);
    return subscriber;
  }

  private void read() {
    try {
      var in = new DataInputStream(socket.getInputStream());
      while (true) {
        int kind = in.readUnsignedByte() & 0xf0;
        byte[] body = new byte[length(in)];
        in.readFully(body);
        if (kind == PUBLISH) {
          int topic = (body[0] & 0xff) << 8 | body[1] & 0xff;
          messages.add(
              new Message(
                  new String(body, 2, topic, StandardCharsets.UTF_8),
                  new String(body, 2 + topic, body.length - 2 - topic, StandardCharsets.UTF_8)));
        }
      }
    } catch (EOFException e) {
      // The broker is gone; what it delivered stays.
      return;
    } catch (IOException e) {
      return;
    }
  }

  private static int length(DataInputStream in) throws IOException {
    int length = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int part = in.readUnsignedByte();
      length |= (part & 0x7f) << shift;
      if (part < 0x80) {
        break;
      }
    }
    return length;
  }

  List<Message> messages() {
    return List.copyOf(messages);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
