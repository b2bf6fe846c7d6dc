package dev.sandbar.apiserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports below the range that the kernel takes for outgoing connections (32768 and up): a
 * client that dials a stopped server on loopback again and again would otherwise be given the
 * server's own port some day, and hold it.
 */
final class Ports {
  private static final int FIRST = 15_000;
  private static final int END = 32_000;
  private static final int TRIES = 200;

  private Ports() {}

  static int free(InetAddress address) {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (var socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(address, port));
        return port;
      } catch (IOException e) {
        // Taken: another one.
      }
    }
    throw new ApiServerException("no free port found on " + address.getHostAddress());
  }
}
