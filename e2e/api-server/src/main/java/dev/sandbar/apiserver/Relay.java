package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Passes TCP connections on, from a socket that was opened somewhere else (for example in the
 * network of virtual devices) to a server that this JVM reaches. It can be cut, as a network is.
 */
public final class Relay implements AutoCloseable {
  private static final int CONNECT_MILLIS = 10_000;

  private final ServerSocket listening;
  private final InetSocketAddress target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<Socket> forgotten = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean cut;

  Relay(ServerSocket listening, String host, int port) {
    this.listening = listening;
    this.target = new InetSocketAddress(host, port);
    Thread.ofPlatform().daemon().name("relay " + listening.getLocalPort()).start(this::accept);
  }

  /** Returns the port that clients connect to. */
  public int port() {
    return listening.getLocalPort();
  }

  /** Returns how many bytes have passed in both directions, TLS included and TCP not. */
  public long bytes() {
    return bytes.get();
  }

  /** Ends all connections and closes every new one at once, until {@link #restore}. */
  public void cut() {
    cut = true;
    open.forEach(Relay::closeQuietly);
  }

  /** Ends all connections once; new ones are passed on. */
  public void dropConnections() {
    open.forEach(Relay::closeQuietly);
  }

  /**
   * Loses from now on what the connections of now carry, without a word to either end, as a router
   * does that has forgotten them; new ones are passed on.
   */
  public void forgetConnections() {
    forgotten.addAll(open);
  }

  /** Passes connections on again. */
  public void restore() {
    cut = false;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        if (cut) {
          closeQuietly(client);
        } else {
          Thread.ofVirtual().start(() -> pass(client));
        }
      } catch (IOException e) {
        if (!listening.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void pass(Socket client) {
    try (client;
        var server = new Socket()) {
      open.add(client);
      open.add(server);
      server.connect(target, CONNECT_MILLIS);
      if (cut) {
        return;
      }
      Thread back = Thread.ofVirtual().start(() -> pump(server, client));
      pump(client, server);
      back.join();
    } catch (IOException e) {
      // The server does not answer: the client sees its connection close.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  /** Ends both directions when one ends: TLS and HTTP have no use for a half. */
  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var buffer = new byte[1 << 13];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        bytes.addAndGet(count);
        if (!forgotten.contains(from)) {
          out.write(buffer, 0, count);
        }
      }
    } catch (IOException e) {
      // Closed by one end, or cut.
    } finally {
      open.remove(from);
      forgotten.remove(from);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closed already.
    }
  }

  /** Ends all connections and closes the socket. */
  @Override
  public void close() {
    cut();
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
