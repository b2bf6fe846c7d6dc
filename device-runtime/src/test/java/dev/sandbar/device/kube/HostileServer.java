package dev.sandbar.device.kube;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A server on loopback that speaks TLS and then whatever a test wants. */
final class HostileServer implements AutoCloseable {
  private final SSLServerSocket listening;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> peers = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /** What is done with a connection after the head of its request has been read. */
  interface Manners {
    void answer(OutputStream out) throws Exception;
  }

  HostileServer(Authority authority, Manners manners) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(authority.store(), new char[0]);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authority.store());
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    listening =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listening.setWantClientAuth(true);
    Thread.ofVirtual().start(() -> accept(manners));
  }

  private void accept(Manners manners) {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve((SSLSocket) socket, manners));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SSLSocket socket, Manners manners) {
    try (socket) {
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      while (true) {
        var head = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          head.append(line).append('\n');
        }
        if (head.isEmpty()) {
          return;
        }
        requests.add(head.toString());
        peers.add(peer(socket));
        manners.answer(socket.getOutputStream());
      }
    } catch (Exception e) {
      // The client hung up, or the test is over.
    }
  }

  private static String peer(SSLSocket socket) {
    try {
      return socket.getSession().getPeerPrincipal().getName();
    } catch (IOException e) {
      return "";
    }
  }

  ApiServerAddress address(String host) {
    return ApiServerAddress.of("https://" + host + ":" + listening.getLocalPort()).orElseThrow();
  }

  /** Heads of the requests so far. */
  List<String> requests() {
    return requests;
  }

  /** How many connections there were. */
  int connections() {
    return open.size();
  }

  /** Subjects of the certificates that clients have shown; empty for none. */
  List<String> peers() {
    return peers;
  }

  /** A complete answer. */
  static Manners answering(String status, String headers, String body) {
    return out -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      out.write(
          "HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n"
              .formatted(status, bytes.length, headers)
              .getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.flush();
    };
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** A key with a certificate that it has signed itself. */
  record Authority(Path certificate, Path key) {

    static Authority of(Path folder, String name, String subjectAlternative) throws Exception {
      return of(folder, name, subjectAlternative, "-days 2");
    }

    static Authority of(Path folder, String name, String subjectAlternative, String dates)
        throws Exception {
      Path certificate = folder.resolve(name + ".crt");
      Path key = folder.resolve(name + ".key");
      var command =
          new ArrayList<>(
              List.of(
                  "openssl",
                  "req",
                  "-x509",
                  "-newkey",
                  "ec",
                  "-pkeyopt",
                  "ec_paramgen_curve:P-256",
                  "-nodes",
                  "-subj",
                  "/CN=" + name,
                  "-addext",
                  "subjectAltName=" + subjectAlternative,
                  "-keyout",
                  key.toString(),
                  "-out",
                  certificate.toString()));
      command.addAll(List.of(dates.split(" ")));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(said);
      }
      return new Authority(certificate, key);
    }

    String pem() throws IOException {
      return Files.readString(certificate);
    }

    KeyStore store() throws Exception {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      var chain = Pem.certificates(pem());
      store.setKeyEntry(
          "key",
          Pem.privateKey(Files.readString(key), chain.getFirst().getPublicKey()).orElseThrow(),
          new char[0],
          chain.toArray(Certificate[]::new));
      store.setCertificateEntry("ca", chain.getFirst());
      return store;
    }
  }
}
