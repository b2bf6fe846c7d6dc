package dev.sandbar.report;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests for a few small pages over HTTP/1.1 (RFC 9112), one for each connection. Until
 * somebody connects it does nothing at all, where the JDK's server wakes its process more than once
 * a second.
 *
 * <p>Of a request it reads the first line and nothing else; a body is never taken in.
 */
final class PageServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);

  static final String TEXT = "text/plain; charset=utf-8";

  private static final int BACKLOG = 128;

  /** A connection costs no thread and little memory: many, so that a few shut nobody out. */
  private static final int MOST_CONNECTIONS = 256;

  /** Of a request without its body. */
  private static final int MOST_BYTES = 16 << 10;

  /** For the whole of a request and its answer. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** For a client to take in the answer before the connection is reset. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ServerSocket listening;
  private final Function<Request, Answer> pages;
  private final Duration limit;
  private final Semaphore connections = new Semaphore(MOST_CONNECTIONS);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * What is asked for.
   *
   * @param path without what may follow a question mark
   */
  record Request(String method, String path) {

    /** Of the first line of a request; empty if it is none. */
    static Optional<Request> of(String line) {
      String[] part = line.split(" ", -1);
      return part.length == 3 && part[1].startsWith("/") && part[2].startsWith("HTTP/1.")
          ? Optional.of(new Request(part[0], part[1].split("[?]", 2)[0]))
          : Optional.empty();
    }
  }

  /** What is sent back. */
  record Answer(Status status, String type, String body) {}

  /** Those that are needed (RFC 9110). */
  enum Status {
    OK("200 OK"),
    BAD_REQUEST("400 Bad Request"),
    NOT_FOUND("404 Not Found"),
    METHOD_NOT_ALLOWED("405 Method Not Allowed\nAllow: GET"),
    FIELDS_TOO_LARGE("431 Request Header Fields Too Large"),
    FAILED("500 Internal Server Error"),
    UNAVAILABLE("503 Service Unavailable");

    private final String line;

    Status(String line) {
      this.line = line;
    }
  }

  private PageServer(ServerSocket listening, Function<Request, Answer> pages, Duration limit) {
    this.listening = listening;
    this.pages = pages;
    this.limit = limit;
  }

  /**
   * Starts to answer.
   *
   * @param address port 0 takes a free one
   * @throws IOException when the port is taken
   */
  static PageServer start(InetSocketAddress address, Function<Request, Answer> pages)
      throws IOException {
    return start(address, pages, LIMIT);
  }

  /**
   * The same.
   *
   * @param limit for the whole of a request and its answer
   */
  static PageServer start(
      InetSocketAddress address, Function<Request, Answer> pages, Duration limit)
      throws IOException {
    var listening = new ServerSocket();
    try {
      listening.setReuseAddress(true);
      listening.bind(address, BACKLOG);
    } catch (IOException e) {
      listening.close();
      throw e;
    }
    var server = new PageServer(listening, pages, limit);
    Thread.ofPlatform().daemon().name("pages").start(server::accept);
    return server;
  }

  /** Where it listens. */
  InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        take(listening.accept());
      } catch (IOException | RejectedExecutionException e) {
        if (!listening.isClosed()) {
          // There are no descriptors, most likely: others have to end something first.
          LOG.warn("action=accept {}", OneLine.of(e));
          pause(PAUSE);
        }
      }
    }
  }

  private void take(Socket connection) throws IOException {
    if (connections.tryAcquire()) {
      threads.execute(() -> serve(connection));
    } else {
      connection.close();
    }
  }

  private void serve(Socket connection) {
    Thread end = Thread.ofVirtual().start(() -> endLater(connection));
    try (connection) {
      answer(connection);
    } catch (IOException e) {
      // Whoever asked is gone, or has taken too long.
    } finally {
      end.interrupt();
      connections.release();
    }
  }

  /** Whoever waits for the client then fails. */
  private void endLater(Socket connection) {
    if (pause(limit)) {
      close(connection);
    }
  }

  private void answer(Socket connection) throws IOException {
    InputStream in = connection.getInputStream();
    Optional<String> line = head(in);
    Optional<Request> request = line.flatMap(Request::of);
    Answer answer =
        request
            .map(this::page)
            .orElseGet(
                () ->
                    line.isEmpty()
                        ? new Answer(Status.FIELDS_TOO_LARGE, TEXT, "too large\n")
                        : new Answer(Status.BAD_REQUEST, TEXT, "no HTTP/1.1\n"));
    boolean headOnly = request.filter(it -> it.method().equals("HEAD")).isPresent();
    send(connection.getOutputStream(), answer, headOnly);
    connection.shutdownOutput();
    // What is still unread when it is closed would reset the connection, and the answer be lost.
    connection.setSoTimeout((int) LINGER.toMillis());
    in.skipNBytes(MOST_BYTES);
  }

  private Answer page(Request request) {
    try {
      return pages.apply(request);
    } catch (RuntimeException e) {
      LOG.warn("page={} {}", OneLine.of(request.path()), OneLine.defect(e));
      return new Answer(Status.FAILED, TEXT, "failed\n");
    }
  }

  /**
   * Reads up to the empty line after the fields.
   *
   * @return the first line; none if there is no end to it
   * @throws EOFException when the client has said nothing, or not all
   */
  private static Optional<String> head(InputStream in) throws IOException {
    var read = new byte[MOST_BYTES];
    int size = 0;
    while (size < MOST_BYTES) {
      int more = in.read(read, size, MOST_BYTES - size);
      if (more < 0) {
        throw new EOFException();
      }
      int searched = Math.max(0, size - 2);
      size += more;
      if (hasEmptyLine(read, searched, size)) {
        return new String(read, 0, size, StandardCharsets.ISO_8859_1).lines().findFirst();
      }
    }
    return Optional.empty();
  }

  private static boolean hasEmptyLine(byte[] text, int begin, int end) {
    for (int i = begin; i + 1 < end; i++) {
      if (text[i] == '\n'
          && (text[i + 1] == '\n' || (i + 2 < end && text[i + 1] == '\r' && text[i + 2] == '\n'))) {
        return true;
      }
    }
    return false;
  }

  private static void send(OutputStream out, Answer answer, boolean headOnly) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    String head =
        """
        HTTP/1.1 %s
        Content-Type: %s
        Content-Length: %d
        X-Content-Type-Options: nosniff
        Connection: close

        """
            .formatted(answer.status().line, answer.type(), body.length)
            .replace("\n", "\r\n");
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    if (!headOnly) {
      out.write(body);
    }
    out.flush();
  }

  private static boolean pause(Duration time) {
    try {
      Thread.sleep(time);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void close(Closeable end) {
    try {
      end.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those who wait for an answer get none. */
  @Override
  public void close() {
    close(listening);
    threads.shutdownNow();
  }
}
