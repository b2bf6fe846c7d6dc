package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.DocumentException;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** A webhook somewhere on the internet of the device, to which its agent sends alerts. */
final class AlertInbox implements AutoCloseable {
  private static final int PORT = 8080;
  private static final int LONGEST = 1 << 20;

  private final ServerSocket server;
  private final List<Alert> alerts = new ArrayList<>();

  private AlertInbox(ServerSocket server) {
    this.server = server;
  }

  /**
   * One that arrived.
   *
   * @param ended whether it tells of an end, not of a beginning
   * @param at when, as {@link System#nanoTime}
   */
  record Alert(AgentStatus.Drift drift, boolean ended, long at) {}

  static AlertInbox open(VirtualNetwork network) {
    try {
      var server =
          network.namespace(VirtualNetwork.Peer.INTERNET).call(() -> new ServerSocket(PORT));
      var inbox = new AlertInbox(server);
      Thread.ofPlatform().daemon().name("alerts").start(inbox::serve);
      return inbox;
    } catch (Exception e) {
      throw new Story.Broken("the webhook of the demo did not come up: " + e.getMessage());
    }
  }

  /** What the agent's settings say, so that its alerts come here. */
  static String settings() {
    return """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        alerts:
          - name: operations
            webhook: http://%s:%d/
            plainHttp: true
        """
        .formatted(VirtualNetwork.Peer.INTERNET.ipv4(), PORT);
  }

  /** Those that arrived since then, of {@link System#nanoTime}. */
  synchronized List<Alert> since(long begun) {
    return alerts.stream().filter(alert -> alert.at() >= begun).toList();
  }

  /** Waits for one that arrives after {@code begun}; after the limit the list is empty. */
  synchronized List<Alert> await(Duration limit, long begun, Predicate<Alert> wanted) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (true) {
        List<Alert> found = since(begun).stream().filter(wanted).toList();
        long left = (end - System.nanoTime()) / 1_000_000;
        if (!found.isEmpty() || left <= 0) {
          return found;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Story.Broken("interrupted");
    }
  }

  private void serve() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        // The agent keeps its connection open between alerts.
        Thread.ofPlatform().daemon().name("alerts").start(() -> converse(socket));
      } catch (IOException _) {
        return; // it was closed
      }
    }
  }

  private void converse(Socket socket) {
    try (socket;
        var in = new BufferedInputStream(socket.getInputStream())) {
      for (int length = head(in); length >= 0; length = head(in)) {
        byte[] body = in.readNBytes(Math.min(length, LONGEST));
        long at = System.nanoTime();
        socket
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        take(body, at);
      }
    } catch (IOException _) {
      return; // the agent hung up
    }
  }

  /**
   * Reads the head of a request; returns the length of its body, or -1 if there is no further
   * request.
   */
  private static int head(InputStream in) throws IOException {
    int length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring("content-length:".length()).strip());
      } else if (line.equals("\0")) {
        return -1;
      }
    }
    return length;
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return "\0";
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private void take(byte[] body, long at) {
    var read = JsonReader.read("alert", body);
    if (read.hasErrors() || read.documents().isEmpty()) {
      return;
    }
    try {
      Fields event = Fields.of(read.documents().getFirst());
      Fields about = event.child("metadata");
      var drift =
          new AgentStatus.Drift(
              event.child("involvedObject").text("name"),
              about.text("sandbar.dev/unit"),
              about.text("sandbar.dev/layer"),
              about.text("sandbar.dev/subject"),
              about.text("sandbar.dev/declared"),
              about.text("sandbar.dev/observed"));
      boolean ended = !event.text("reason").equals("DriftDetected");
      synchronized (this) {
        alerts.add(new Alert(drift, ended, at));
        notifyAll();
      }
    } catch (DocumentException _) {
      return; // not one of ours
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException _) {
      return; // nobody listens any more either way
    }
  }
}
