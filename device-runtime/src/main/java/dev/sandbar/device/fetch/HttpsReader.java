package dev.sandbar.device.fetch;

import dev.sandbar.report.OneLine;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.net.TlsFault;
import dev.sandbar.source.net.WebPage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Reads over HTTPS and nothing else. Redirects are followed, for registries keep their files with
 * others; but what gives access goes to the first host alone, and to no address without TLS.
 */
final class HttpsReader implements AutoCloseable {

  static final String AUTHORIZATION = "Authorization";

  private static final int MOST_REDIRECTS = 5;
  private static final int LONGEST_LOCATION = 8192;
  private static final long LARGEST_PAGE = 1 << 20;

  private final HttpClient client;
  private final FetchLimits limits;
  private final long begun = System.nanoTime();

  /**
   * A reader for one attempt at an image.
   *
   * @param trust the certificate authorities trusted for servers
   */
  HttpsReader(SSLContext trust, FetchLimits limits) {
    this.client =
        Outbound.client()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(limits.answer())
            .sslContext(trust)
            .build();
    this.limits = limits;
  }

  /** An answer whose body has yet to be read. */
  record Answer(int status, HttpHeaders headers, BodyReader body) implements AutoCloseable {

    /** The value of a header; empty if there is none. */
    String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    /**
     * The whole body.
     *
     * @param most bytes
     */
    byte[] bytes(int most) throws IOException {
      var all = new ByteArrayOutputStream();
      ByteBuffer piece = body.next();
      while (piece.hasRemaining()) {
        if (all.size() + piece.remaining() > most) {
          throw new FetchException("the answer is longer than %d bytes".formatted(most));
        }
        all.write(piece.array(), piece.position(), piece.remaining());
        piece = body.next();
      }
      return all.toByteArray();
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  /**
   * Gets it.
   *
   * @param target an https URL
   * @throws FetchException if no answer was to be had
   */
  Answer get(URI target, Map<String, String> headers) throws IOException, InterruptedException {
    URI now = target;
    for (int i = 0; i <= MOST_REDIRECTS; i++) {
      boolean atHome = origin(now).equals(origin(target));
      HttpResponse<InputStream> response = send(now, headers, atHome);
      switch (response.statusCode()) {
        case 301, 302, 303, 307, 308 -> {
          response.body().close();
          now = next(now, response.headers().firstValue("Location").orElse(""));
        }
        case Outbound.LOGIN_WANTED -> {
          // Of a proxy that makes no tunnel the JDK gives no body.
          throw new FetchException(Outbound.refusal(response.statusCode(), now));
        }
        default -> {
          if (isPage(response)) {
            response.body().close();
            throw new FetchException(now.getHost() + " " + WebPage.insteadOf("an image"));
          }
          return new Answer(
              response.statusCode(),
              response.headers(),
              new BodyReader(response.body(), limits, begun));
        }
      }
    }
    throw new FetchException(
        "%s leads from one address to the next without end".formatted(target.getHost()));
  }

  /** A large one is let through: servers that know no better send images by this type. */
  private static boolean isPage(HttpResponse<?> response) {
    return response.statusCode() == WebPage.LOGIN_REQUIRED
        || (response.statusCode() == 200
            && WebPage.isOne(response.headers().firstValue("Content-Type").orElse(""))
            && response.headers().firstValueAsLong("Content-Length").orElse(0) < LARGEST_PAGE);
  }

  private HttpResponse<InputStream> send(URI uri, Map<String, String> headers, boolean atHome)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        Outbound.request(uri).timeout(limits.answer()).header("User-Agent", "sandbar").GET();
    headers.forEach(
        (name, value) -> {
          if (atHome || !name.equals(AUTHORIZATION)) {
            request.header(name, value);
          }
        });
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new FetchException(Outbound.fault(e, uri).orElseGet(() -> explain(uri, e)));
    }
  }

  private static String origin(URI uri) {
    return uri.getHost() + ":" + (uri.getPort() < 0 ? 443 : uri.getPort());
  }

  private static URI next(URI from, String location) throws FetchException {
    try {
      if (!location.isEmpty() && location.length() <= LONGEST_LOCATION) {
        URI to = from.resolve(URI.create(location));
        if ("https".equals(to.getScheme()) && to.getHost() != null && to.getUserInfo() == null) {
          return to;
        }
      }
    } catch (IllegalArgumentException e) {
      // As if it led nowhere.
    }
    throw new FetchException(
        "%s redirects to what is no https URL: %s".formatted(from.getHost(), WebPage.QUESTION));
  }

  private static String explain(URI uri, IOException e) {
    String host = uri.getHost();
    Optional<TlsFault> tls = TlsFault.of(e, host);
    if (tls.isPresent()) {
      return "%s; %s".formatted(tls.get().message(), help(tls.get()));
    }
    return switch (e) {
      case HttpTimeoutException _ -> host + " does not answer";
      case ConnectException _
          when e.getCause() instanceof ConnectException c
              && c.getCause() instanceof UnresolvedAddressException ->
          host + " is not found; check the name, and the name servers of the device";
      case ConnectException _ -> "cannot connect to " + host;
      default -> "the connection to %s was lost (%s)".formatted(host, OneLine.of(e.getMessage()));
    };
  }

  private static String help(TlsFault fault) {
    return fault.kind() == TlsFault.Kind.UNKNOWN_AUTHORITY
        ? "give the authority in images.caFile of agent.yaml, or with --ca-file; that of a proxy"
            + " that opens TLS in network.caFile"
        : fault.help().substring(0, 1).toLowerCase(Locale.ROOT) + fault.help().substring(1);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
