package dev.sandbar.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What stands between a device and its servers, on loopback: an HTTP proxy that makes tunnels, one
 * that opens the TLS in them, a network of another family, or one that delays and loses.
 *
 * <p>Delay and loss are those of a stream: what comes is passed on later, and now and then as much
 * later as TCP takes to send a lost segment again. The kernel of a test machine need not have
 * {@code sch_netem}, which would lose packets.
 */
final class Middlebox implements AutoCloseable {
  private static final int LONGEST_HEAD = 16 * 1024;

  /** As long as TCP waits at least before it sends again (RFC 6298). */
  private static final Duration SENT_AGAIN = Duration.ofSeconds(1);

  private final ServerSocket listening;
  private final Settings settings;
  private final Map<Socket, Boolean> open = new ConcurrentHashMap<>();
  private final AtomicInteger pieces = new AtomicInteger();

  /** Hosts and ports of tunnels that were asked for, as they were asked for. */
  final List<String> tunnels = new CopyOnWriteArrayList<>();

  /**
   * What it does.
   *
   * @param targets ports of loopback by the host that is asked for; {@code ""} for all that is not
   *     asked for by a tunnel
   * @param plain those of the targets that speak no TLS
   * @param login in base64, without which there are no tunnels; empty for none
   * @param delay of each direction
   * @param loss one of so many pieces is late; 0 for none
   */
  record Settings(
      Map<String, Integer> targets,
      List<String> plain,
      String login,
      Optional<SSLContext> opening,
      SSLContext onwards,
      Duration delay,
      int loss) {}

  Middlebox(InetAddress at, Settings settings) throws IOException {
    this.listening = new ServerSocket(0, 50, at);
    this.settings = settings;
    Thread.ofPlatform().daemon().name("middlebox").start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        open.put(client, true);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String host = "";
      if (!settings.targets().containsKey("")) {
        Optional<String> asked = asked(client);
        if (asked.isEmpty()) {
          return;
        }
        host = asked.get();
      }
      int port = settings.targets().getOrDefault(host, 0);
      Socket near =
          settings.opening().isPresent() ? opened(settings.opening().get(), client) : client;
      try (near;
          Socket far = onwards(host, port)) {
        open.put(far, true);
        var back = Thread.ofVirtual().start(() -> pass(far, near));
        pass(near, far);
        back.join();
      }
    } catch (IOException e) {
      // Either side has gone, or does not trust it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  /** The host of the tunnel; empty if there is none; the client then has its answer. */
  private Optional<String> asked(Socket client) throws IOException {
    String head = head(client.getInputStream());
    String target = head.split(" ", 3)[1];
    tunnels.add(target);
    String host = target.substring(0, target.lastIndexOf(':'));
    String answer =
        !settings.login().isEmpty()
                && !Pattern.compile(
                        "(?i:proxy-authorization): Basic " + Pattern.quote(settings.login()))
                    .matcher(head)
                    .find()
            ? "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\""
            : settings.targets().containsKey(host) ? "200 OK" : "403 Forbidden";
    client
        .getOutputStream()
        .write(
            ("HTTP/1.1 " + answer + (answer.startsWith("200") ? "" : "\r\nContent-Length: 0"))
                .concat("\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    return answer.startsWith("200") ? Optional.of(host) : Optional.empty();
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0 && head.length() < LONGEST_HEAD) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("no request");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static Socket opened(SSLContext tls, Socket client) throws IOException {
    SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(client, null, true);
    socket.setUseClientMode(false);
    socket.startHandshake();
    return socket;
  }

  private Socket onwards(String host, int port) throws IOException {
    var to = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    Socket socket = new Socket();
    socket.connect(to, 5_000);
    return settings.opening().isPresent() && !settings.plain().contains(host)
        ? settings.onwards().getSocketFactory().createSocket(socket, "localhost", port, true)
        : socket;
  }

  private record Piece(byte[] bytes, long due) {}

  private void pass(Socket from, Socket to) {
    var way = new LinkedBlockingQueue<Piece>();
    Thread sender = Thread.ofVirtual().start(() -> send(way, to));
    var buffer = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      int size = in.read(buffer);
      while (size >= 0) {
        var bytes = new byte[size];
        System.arraycopy(buffer, 0, bytes, 0, size);
        way.add(new Piece(bytes, System.nanoTime() + late().toNanos()));
        size = in.read(buffer);
      }
    } catch (IOException e) {
      // As its end.
    }
    way.add(new Piece(new byte[0], System.nanoTime() + settings.delay().toNanos()));
    try {
      sender.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Duration late() {
    boolean lost = settings.loss() > 0 && pieces.incrementAndGet() % settings.loss() == 0;
    return lost ? settings.delay().plus(SENT_AGAIN) : settings.delay();
  }

  private static void send(LinkedBlockingQueue<Piece> way, Socket to) {
    try {
      OutputStream out = to.getOutputStream();
      Piece piece = way.take();
      while (piece.bytes().length > 0) {
        TimeUnit.NANOSECONDS.sleep(piece.due() - System.nanoTime());
        out.write(piece.bytes());
        out.flush();
        piece = way.take();
      }
      TimeUnit.NANOSECONDS.sleep(piece.due() - System.nanoTime());
      to.shutdownOutput();
    } catch (IOException e) {
      // The other side has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open.keySet()) {
      socket.close();
    }
  }
}
