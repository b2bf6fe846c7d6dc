package dev.sandbar.e2e;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A name server that answers every question for an IPv4 address with one (RFC 1035). */
final class NameServer implements AutoCloseable {

  private static final int QUESTION = 12;
  private static final int TYPE_A = 1;

  private final DatagramSocket socket;
  private final byte[] answer;

  private NameServer(DatagramSocket socket, byte[] answer) {
    this.socket = socket;
    this.answer = answer;
  }

  /**
   * Answers until it is closed.
   *
   * @param socket bound to the port that is asked
   */
  static NameServer answering(DatagramSocket socket, String address) throws IOException {
    var server = new NameServer(socket, InetAddress.getByName(address).getAddress());
    Thread.ofPlatform().daemon().name("name server").start(server::serve);
    return server;
  }

  private void serve() {
    var buffer = new byte[512];
    while (!socket.isClosed()) {
      try {
        var packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] reply = reply(Arrays.copyOf(packet.getData(), packet.getLength()));
        socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
      } catch (IOException e) {
        // Closed, or a client that is gone.
      }
    }
  }

  private byte[] reply(byte[] query) {
    int end = QUESTION;
    while (query[end] != 0) {
      end += query[end] + 1;
    }
    end += 5;
    boolean known = query[end - 3] == TYPE_A;
    ByteBuffer reply = ByteBuffer.allocate(end + 16);
    reply.put(query, 0, 2).putShort((short) 0x8180).putShort((short) 1);
    reply.putShort((short) (known ? 1 : 0)).putInt(0).put(query, QUESTION, end - QUESTION);
    if (known) {
      reply.putShort((short) 0xc00c).putShort((short) TYPE_A).putShort((short) 1).putInt(1);
      reply.putShort((short) answer.length).put(answer);
    }
    return Arrays.copyOf(reply.array(), reply.position());
  }

  @Override
  public void close() {
    socket.close();
  }
}
