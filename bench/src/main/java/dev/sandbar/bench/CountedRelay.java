package dev.sandbar.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** Passes connections on to a port of loopback, and counts all bytes, those of TLS too. */
final class CountedRelay implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int to;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();

  CountedRelay(int to) throws IOException {
    this.to = to;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** Bytes that clients have sent. */
  long sent() {
    return sent.get();
  }

  /** Bytes that clients have received. */
  long received() {
    return received.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        var server = new Socket(InetAddress.getLoopbackAddress(), to);
        Thread.ofVirtual().start(() -> pass(client, server, sent));
        Thread.ofVirtual().start(() -> pass(server, client, received));
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private static void pass(Socket from, Socket to, AtomicLong count) {
    var buffer = new byte[1 << 16];
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count.addAndGet(n);
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // One of them hung up.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
