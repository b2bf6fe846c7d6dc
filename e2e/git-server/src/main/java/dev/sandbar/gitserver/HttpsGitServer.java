package dev.sandbar.gitserver;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** {@code git http-backend} behind a real HTTPS (or HTTP) server on loopback. */
public final class HttpsGitServer implements AutoCloseable {
  /** Answers an exchange in place of Git; false lets Git answer. */
  public interface Interception {
    boolean answer(HttpExchange exchange) throws IOException;
  }

  /** Method and address of every request. */
  public final List<String> requests = new CopyOnWriteArrayList<>();

  /** The credentials of every request; empty text if it had none. */
  public final List<String> authorizations = new CopyOnWriteArrayList<>();

  /** Who is asked before Git. */
  public volatile Interception interception = exchange -> false;

  /** Whether it speaks as a server that has never heard of version 2 of the protocol. */
  public volatile boolean old;

  private final LongAdder serving = new LongAdder();
  private final HttpServer server;
  private final Path root;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private HttpsGitServer(HttpServer server, Path root) {
    this.server = server;
    this.root = root;
  }

  /** Starts a server for the repositories below the root. */
  public static HttpsGitServer start(Path root) throws Exception {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(Identity.KEYS, Identity.PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(loopback(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return run(server, root);
  }

  /** The same without TLS. */
  public static HttpsGitServer startPlain(Path root) throws IOException {
    return run(HttpServer.create(loopback(), 0), root);
  }

  /** Writes the certificate to trust beside the root. */
  public static String caFile(Path root) {
    try {
      return Files.write(root.resolveSibling("ca.pem"), Identity.pem()).toString();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static HttpsGitServer run(HttpServer server, Path root) {
    var started = new HttpsGitServer(server, root);
    server.createContext("/", started::handle);
    server.setExecutor(started.threads);
    server.start();
    return started;
  }

  /** The address of a repository. */
  public String url(String repository) {
    String scheme = server instanceof HttpsServer ? "https" : "http";
    return scheme + "://localhost:" + server.getAddress().getPort() + "/" + repository;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /** Nanoseconds spent on answers so far: Git's own work, and starting it. */
  public long servingNanos() {
    return serving.sum();
  }

  private void handle(HttpExchange exchange) throws IOException {
    long began = System.nanoTime();
    try (exchange) {
      requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
      authorizations.add(
          Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), ""));
      if (!interception.answer(exchange)) {
        serve(exchange);
      }
    } finally {
      serving.add(System.nanoTime() - began);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] answer = backend(exchange);
    int split = new String(answer, ISO_8859_1).indexOf("\r\n\r\n");
    int status = 200;
    for (String line : new String(answer, 0, split, ISO_8859_1).split("\r\n")) {
      String[] header = line.split(": ", 2);
      if (header[0].equals("Status")) {
        status = Integer.parseInt(header[1].substring(0, 3));
      } else {
        exchange.getResponseHeaders().add(header[0], header[1]);
      }
    }
    int length = answer.length - split - 4;
    exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
    exchange.getResponseBody().write(answer, split + 4, length);
  }

  /** Runs the CGI program and returns all it says, headers first. */
  public byte[] backend(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    var builder = new ProcessBuilder("git", "http-backend");
    Map<String, String> environment = builder.environment();
    environment.putAll(Command.ISOLATED);
    environment.put("GIT_PROJECT_ROOT", root.toString());
    environment.put("GIT_HTTP_EXPORT_ALL", "1");
    environment.put("PATH_INFO", exchange.getRequestURI().getPath());
    environment.put(
        "QUERY_STRING", Objects.requireNonNullElse(exchange.getRequestURI().getQuery(), ""));
    environment.put("REQUEST_METHOD", exchange.getRequestMethod());
    environment.put("CONTENT_LENGTH", Integer.toString(body.length));
    put(environment, "CONTENT_TYPE", exchange.getRequestHeaders().getFirst("Content-Type"));
    put(
        environment,
        "HTTP_CONTENT_ENCODING",
        exchange.getRequestHeaders().getFirst("Content-Encoding"));
    if (!old) {
      put(environment, "GIT_PROTOCOL", exchange.getRequestHeaders().getFirst("Git-Protocol"));
    }
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (var in = process.getOutputStream()) {
      in.write(body);
    }
    var answer = new ByteArrayOutputStream();
    process.getInputStream().transferTo(answer);
    return answer.toByteArray();
  }

  private static void put(
      Map<String, String> environment,
      String key,
      @org.jspecify.annotations.Nullable String value) {
    if (value != null) {
      environment.put(key, value);
    }
  }

  /** A key and a certificate of its own for "localhost", made once. */
  private static final class Identity {
    static final String PASSWORD = "changeit";
    static final KeyStore KEYS = create();

    private static KeyStore create() {
      try {
        Path directory = Files.createTempDirectory("sandbar-tls");
        Path store = directory.resolve("store.p12");
        Command.run(
            directory,
            new byte[0],
            List.of(
                Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                "-genkeypair",
                "-alias",
                "s",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
          keys.load(in, PASSWORD.toCharArray());
        }
        Files.delete(store);
        Files.delete(directory);
        return keys;
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    static byte[] pem() throws GeneralSecurityException {
      String text =
          Base64.getMimeEncoder(64, new byte[] {'\n'})
              .encodeToString(KEYS.getCertificate("s").getEncoded());
      return ("-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n")
          .getBytes(ISO_8859_1);
    }
  }
}
