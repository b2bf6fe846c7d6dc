package dev.sandbar.e2e;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A name server that answers every question for addresses with the same ones (RFC 1035). */
final class NameServer implements AutoCloseable {

  private static final int QUESTION = 12;
  private static final int TYPE_A = 1;
  private static final int TYPE_AAAA = 28;

  private final DatagramSocket socket;
  private volatile List<byte[]> answers = List.of();

  /** What is sent in the place of an answer; null for an answer. */
  private volatile byte @Nullable [] instead;

  private NameServer(DatagramSocket socket) {
    this.socket = socket;
  }

  /**
   * Answers until it is closed.
   *
   * @param socket bound to the port that is asked
   */
  static NameServer answering(DatagramSocket socket, String address) throws IOException {
    var server = new NameServer(socket);
    server.answers(address);
    Thread.ofPlatform().daemon().name("name server").start(server::serve);
    return server;
  }

  /** From now on it answers with these, and no more than fit into a packet. */
  void answers(String... addresses) throws IOException {
    var all = new ArrayList<byte[]>();
    for (String address : addresses) {
      all.add(InetAddress.getByName(address).getAddress());
    }
    answers = all;
    instead = null;
  }

  /** From now on it sends this behind the number of the question; nothing if that is empty. */
  void sends(byte... bytes) {
    instead = bytes;
  }

  private void serve() {
    var buffer = new byte[512];
    while (!socket.isClosed()) {
      try {
        var packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] reply = reply(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (reply.length > 0) {
          socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        // Closed, or a client that is gone.
      }
    }
  }

  private byte[] reply(byte[] query) {
    byte[] other = instead;
    if (other != null) {
      return other.length == 0
          ? other
          : ByteBuffer.allocate(2 + other.length).put(query, 0, 2).put(other).array();
    }
    int end = QUESTION;
    while (query[end] != 0) {
      end += query[end] + 1;
    }
    end += 5;
    int type = query[end - 3];
    int size = type == TYPE_A ? 4 : type == TYPE_AAAA ? 16 : 0;
    List<byte[]> fitting = answers.stream().filter(it -> it.length == size).toList();
    ByteBuffer reply = ByteBuffer.allocate(end + fitting.size() * (12 + size));
    reply.put(query, 0, 2).putShort((short) 0x8180).putShort((short) 1);
    reply.putShort((short) fitting.size()).putInt(0).put(query, QUESTION, end - QUESTION);
    for (byte[] answer : fitting) {
      reply.putShort((short) 0xc00c).putShort((short) type).putShort((short) 1).putInt(0);
      reply.putShort((short) size).put(answer);
    }
    return reply.array();
  }

  @Override
  public void close() {
    socket.close();
  }
}
