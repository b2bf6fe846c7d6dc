package dev.sandbar.e2e;

import dev.sandbar.vdev.NetworkNamespace;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/** As much of a few protocols as it takes to have a daemon do its work. */
final class DaemonClient {
  private static final int LIMIT = 10_000;
  private static final int DATAGRAMS = 5;
  private static final Duration AGAIN = Duration.ofMillis(50);
  private static final Duration BETWEEN_SENTENCES = Duration.ofMillis(100);

  private final NetworkNamespace network;
  private final String host;

  /**
   * Asks from a network.
   *
   * @param host address of the device
   */
  DaemonClient(NetworkNamespace network, String host) {
    this.network = network;
    this.host = host;
  }

  /** What is said over one connection. */
  interface Conversation<T> {
    T with(Socket socket) throws IOException;
  }

  <T> T connected(int port, Conversation<T> conversation) throws Exception {
    return network.call(
        () -> {
          try (Socket socket = connect(port)) {
            socket.setSoTimeout(LIMIT);
            return conversation.with(socket);
          }
        });
  }

  /** A daemon that has only just started may not listen yet. */
  private Socket connect(int port) throws IOException {
    long end = System.nanoTime() + Duration.ofMillis(LIMIT).toNanos();
    while (true) {
      var socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(host, port), LIMIT);
        return socket;
      } catch (IOException e) {
        socket.close();
        if (!(e instanceof ConnectException) || System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(AGAIN.toNanos());
      }
    }
  }

  private byte[] datagram(int port, byte[] question) throws Exception {
    return network.call(
        () -> {
          try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(LIMIT / DATAGRAMS);
            var to = InetAddress.getByName(host);
            var answer = new DatagramPacket(new byte[4096], 4096);
            for (int sent = 1; true; sent++) {
              socket.send(new DatagramPacket(question, question.length, to, port));
              try {
                socket.receive(answer);
                return Arrays.copyOf(answer.getData(), answer.getLength());
              } catch (SocketTimeoutException e) {
                // One that came before the daemon listened is lost.
                if (sent == DATAGRAMS) {
                  throw e;
                }
              }
            }
          }
        });
  }

  /** The answer to a GET, headers included (RFC 9112). */
  String get(int port, String path) throws Exception {
    String request = "GET %s HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n".formatted(path);
    return connected(
        port,
        socket -> {
          socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
          return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        });
  }

  /** The beginning of an answer that has no end, up to a word and what comes with it. */
  String begin(int port, String command, String word) throws Exception {
    return connected(
        port,
        socket -> {
          socket.getOutputStream().write(command.getBytes(StandardCharsets.US_ASCII));
          var all = new ByteArrayOutputStream();
          var some = new byte[4096];
          int length = socket.getInputStream().read(some);
          while (length >= 0 && all.size() < 1 << 16) {
            all.write(some, 0, length);
            if (all.toString(StandardCharsets.ISO_8859_1).contains(word)) {
              break;
            }
            length = socket.getInputStream().read(some);
          }
          return all.toString(StandardCharsets.ISO_8859_1);
        });
  }

  /** The first line of the answer to a command. */
  String line(int port, String command) throws Exception {
    return connected(
        port,
        socket -> {
          OutputStream out = socket.getOutputStream();
          out.write(command.getBytes(StandardCharsets.US_ASCII));
          return String.valueOf(
              new BufferedReader(
                      new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                  .readLine());
        });
  }

  /** The IPv4 address of a name (RFC 1035), byte by byte. */
  int[] resolve(int port, String name) throws Exception {
    return address(datagram(port, question(name)));
  }

  /** The same over TCP, where a length comes first. */
  int[] resolveOverTcp(int port, String name) throws Exception {
    byte[] question = question(name);
    return address(
        connected(
            port,
            socket -> {
              var out = new DataOutputStream(socket.getOutputStream());
              out.writeShort(question.length);
              out.write(question);
              var in = new DataInputStream(socket.getInputStream());
              return in.readNBytes(in.readUnsignedShort());
            }));
  }

  private static byte[] question(String name) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    for (String label : name.split("\\.")) {
      bytes.write(label.length());
      bytes.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    bytes.writeBytes(new byte[] {0, 0, 1, 0, 1});
    return bytes.toByteArray();
  }

  /** The only record of the answer is the last thing in it. */
  private static int[] address(byte[] answer) {
    if (answer.length < 16 || answer[7] != 1) {
      throw new AssertionError("no answer in " + Arrays.toString(answer));
    }
    var address = new int[4];
    for (int i = 0; i < 4; i++) {
      address[i] = answer[answer.length - 4 + i] & 0xff;
    }
    return address;
  }

  /**
   * The first report with a position (gpsd_json(5)) once sentences of a receiver (NMEA 0183) have
   * come, a second later each time.
   *
   * @param in port for sentences
   * @param out port of reports
   */
  String position(int in, int out) throws Exception {
    return connected(
        out,
        socket -> {
          socket
              .getOutputStream()
              .write(
                  "?WATCH={\"enable\":true,\"json\":true};\n".getBytes(StandardCharsets.US_ASCII));
          var reports =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
          try (var sender = new DatagramSocket()) {
            var to = InetAddress.getByName(host);
            for (int second = 0; second < 60; second++) {
              byte[] sentences = sentences(second).getBytes(StandardCharsets.US_ASCII);
              sender.send(new DatagramPacket(sentences, sentences.length, to, in));
              LockSupport.parkNanos(BETWEEN_SENTENCES.toNanos());
              while (reports.ready()) {
                String report = String.valueOf(reports.readLine());
                if (report.contains("\"class\":\"TPV\"") && report.contains("\"lat\"")) {
                  return report;
                }
              }
            }
          }
          throw new AssertionError("no position was reported");
        });
  }

  /** 48°07.038' north, 11°31' east. */
  private static String sentences(int second) {
    return sentence(
            "GPRMC,1200%02d.00,A,4807.038,N,01131.000,E,0.0,0.0,281126,,,A".formatted(second))
        + sentence(
            "GPGGA,1200%02d.00,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,".formatted(second));
  }

  private static String sentence(String content) {
    int checksum = content.chars().reduce(0, (one, other) -> one ^ other);
    return "$%s*%02X\r\n".formatted(content, checksum);
  }

  /** The answer to a question for the time (RFC 5905). */
  byte[] ntp() throws Exception {
    var question = new byte[48];
    question[0] = 4 << 3 | 3;
    return datagram(123, question);
  }

  /** The value of an object (RFC 3416), as text. */
  String snmp(int... object) throws Exception {
    var name = new ByteArrayOutputStream();
    name.write(object[0] * 40 + object[1]);
    for (int i = 2; i < object.length; i++) {
      name.write(object[i]);
    }
    byte[] variable = field(0x30, field(6, name.toByteArray()), field(5));
    byte[] zero = field(2, new byte[] {0});
    byte[] request = field(0xa0, field(2, new byte[] {7}), zero, zero, field(0x30, variable));
    byte[] community = field(4, "public".getBytes(StandardCharsets.US_ASCII));
    byte[] answer = datagram(161, field(0x30, field(2, new byte[] {1}), community, request));
    int at = indexAfter(answer, field(6, name.toByteArray()));
    if ((answer[at] & 0x80) != 0) {
      throw new AssertionError("no such object in " + Arrays.toString(answer));
    }
    return new String(answer, at + 2, answer[at + 1], StandardCharsets.ISO_8859_1);
  }

  private static byte[] field(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    var field = new ByteArrayOutputStream();
    field.write(tag);
    field.write(content.size());
    field.writeBytes(content.toByteArray());
    return field.toByteArray();
  }

  private static int indexAfter(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length < bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i + part.length;
      }
    }
    throw new AssertionError("not answered: " + Arrays.toString(bytes));
  }
}
