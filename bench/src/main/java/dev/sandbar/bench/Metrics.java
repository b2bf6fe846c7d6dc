package dev.sandbar.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The agent's own metrics, read inside the device. */
final class Metrics {

  private final Edge edge;

  Metrics(Edge edge) {
    this.edge = edge;
  }

  /**
   * Rounds so far.
   *
   * @param seconds all of them took together
   */
  record Rounds(long count, double seconds) {}

  Rounds rounds() throws IOException {
    long count = 0;
    double seconds = 0;
    for (String line : scrape().split("\n")) {
      if (line.startsWith("sandbar_reconcile_duration_seconds_count")) {
        count += (long) value(line);
      } else if (line.startsWith("sandbar_reconcile_duration_seconds_sum")) {
        seconds += value(line);
      }
    }
    return new Rounds(count, seconds);
  }

  private static double value(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  String scrape() throws IOException {
    try (Socket socket = edge.device().network().call(() -> connect())) {
      socket
          .getOutputStream()
          .write(
              "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static Socket connect() throws IOException {
    var socket = new Socket();
    socket.connect(new InetSocketAddress("127.0.0.1", Edge.METRICS), 5_000);
    return socket;
  }
}
