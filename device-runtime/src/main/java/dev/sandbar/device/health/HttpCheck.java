package dev.sandbar.device.health;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.report.CheckResult;
import dev.sandbar.source.net.LostConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks an app by HTTP, from an address of the device: to the same address, or to that of an app
 * with a network of its own, which programs of the device do not reach at an address of the device.
 * Of the answer only the first line is read, and what is in it stays out of messages: an app says
 * what it likes.
 */
final class HttpCheck {

  /** A first line is {@code HTTP/1.1 200} and a reason phrase that nobody reads (RFC 9112). */
  private static final int LINE = 256;

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9][0-9])( .*)?");

  private static final int LEAST_GOOD = 200;
  private static final int LEAST_BAD = 400;

  /**
   * @param from addresses that the app may answer
   * @param to the IPv4 address of the app; empty if it has those of the device
   */
  CheckResult ask(HealthSpec.Readiness.Http asked, AddressSet from, String to, Duration timeout)
      throws IOException {
    List<InetAddress> addresses =
        own(from).stream().filter(it -> to.isEmpty() || it instanceof Inet4Address).toList();
    if (addresses.isEmpty()) {
      return new CheckResult.Unasked("the device has no address now that the app may answer");
    }
    CheckResult last = new CheckResult.Failed("it does not answer");
    long end = System.nanoTime() + timeout.toNanos();
    for (InetAddress address : addresses) {
      long left = Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis());
      last = ask(asked, address, to.isEmpty() ? address : InetAddress.getByName(to), left);
      if (last instanceof CheckResult.Passed || System.nanoTime() - end >= 0) {
        return last;
      }
    }
    return last;
  }

  private static CheckResult ask(
      HealthSpec.Readiness.Http asked, InetAddress from, InetAddress address, long millis) {
    String where = "at " + host(address) + ":" + asked.port();
    // A read that gets a byte now and then does not time out by itself.
    Thread watched = Thread.currentThread();
    var closed = new AtomicBoolean();
    try (var socket = new Socket()) {
      Thread guard = Thread.ofVirtual().start(() -> closeAfter(socket, millis, watched, closed));
      try {
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(new InetSocketAddress(address, asked.port()), (int) millis);
        socket.setSoTimeout((int) millis);
        socket.getOutputStream().write(request(asked, address));
        return verdict(socket.getInputStream(), where);
      } finally {
        guard.interrupt();
      }
    } catch (SocketTimeoutException e) {
      return new CheckResult.Failed("no answer in %d s %s".formatted(seconds(millis), where));
    } catch (IOException e) {
      return new CheckResult.Failed(
          closed.get()
              ? "no answer in %d s %s".formatted(seconds(millis), where)
              : LostConnection.isUnreached(e)
                  ? "nothing answers " + where
                  : "the connection was lost " + where);
    }
  }

  private static long seconds(long millis) {
    return Math.max(1, millis / 1000);
  }

  private static void closeAfter(Socket socket, long millis, Thread watched, AtomicBoolean closed) {
    try {
      Thread.sleep(millis);
      closed.set(true);
      socket.close();
    } catch (InterruptedException e) {
      // It was answered.
    } catch (IOException e) {
      watched.interrupt();
    }
  }

  private static byte[] request(HealthSpec.Readiness.Http asked, InetAddress address) {
    return "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: sandbar\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        .formatted(asked.path(), host(address), asked.port())
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String host(InetAddress address) {
    String host = address.getHostAddress().replaceFirst("%.*", "");
    return address instanceof Inet6Address ? "[" + host + "]" : host;
  }

  private static CheckResult verdict(InputStream in, String where) throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next >= 0 && next != '\n' && line.length() < LINE; ) {
      line.append((char) next);
      next = in.read();
    }
    Matcher status = STATUS.matcher(line.toString().stripTrailing());
    if (!status.matches()) {
      return new CheckResult.Failed("what answers %s does not speak HTTP".formatted(where));
    }
    int code = Integer.parseInt(status.group(1));
    return code >= LEAST_GOOD && code < LEAST_BAD
        ? new CheckResult.Passed()
        : new CheckResult.Failed("it answers with status %d %s".formatted(code, where));
  }

  /** Loopback first: it is there when no cable is. */
  private static List<InetAddress> own(AddressSet from) throws SocketException {
    var addresses = new ArrayList<InetAddress>();
    for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (!link.isUp()) {
        continue;
      }
      for (InetAddress address : Collections.list(link.getInetAddresses())) {
        byte[] bytes = address.getAddress();
        if (from.includes(AddressSet.of(List.of(Cidr.of(bytes, bytes.length * 8))))) {
          addresses.add(link.isLoopback() ? 0 : addresses.size(), address);
        }
      }
    }
    return addresses;
  }
}
