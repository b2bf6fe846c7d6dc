package dev.sandbar.source.git;

import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory2;
import org.eclipse.jgit.transport.http.JDKHttpConnection;
import org.jspecify.annotations.Nullable;

/** HTTP and HTTPS: bounded answers, no redirects, a token sent to the one address only. */
final class HttpAccess implements HttpConnectionFactory2 {
  private static final String ADVERTISEMENT = "application/x-git-upload-pack-advertisement";
  private static final String RESULT = "application/x-git-upload-pack-result";

  /** The repository; nothing else is asked for. */
  private final URI repository;

  private final PollBounds bounds;
  private final ServerAnswer answer;

  private final Advertisement advertisement;

  /** Null to trust what the system trusts. */
  private final @Nullable SSLSocketFactory sockets;

  private HttpAccess(
      URI repository,
      PollBounds bounds,
      ServerAnswer answer,
      Advertisement advertisement,
      @Nullable SSLSocketFactory sockets) {
    this.repository = repository;
    this.bounds = bounds;
    this.answer = answer;
    this.advertisement = advertisement;
    this.sockets = sockets;
  }

  static void configure(
      TransportHttp transport,
      GitSettings settings,
      Remote.Access access,
      PollBounds bounds,
      ServerAnswer answer)
      throws IOException {
    GitCredentials credentials = access.credentials();
    Optional<byte[]> authorities = credentials.authorities();
    // Those of the process may change while it runs, so no maker of sockets is kept for them.
    SSLSocketFactory sockets =
        authorities.isEmpty() && access.reach().isAnywhere()
            ? TrustedAuthorities.sockets().orElse(null)
            : access.trust().sockets(authorities, access.reach());
    transport.setHttpConnectionFactory(
        new HttpAccess(address(settings.url()), bounds, answer, access.advertisement(), sockets));
    Optional<String> token = credentials.token();
    if (token.isPresent()) {
      answer.tokenSent();
      transport.setPreemptiveBasicAuthentication(settings.username(), token.get());
    }
  }

  @Override
  public HttpConnection create(URL url) throws IOException {
    return create(url, Proxy.NO_PROXY);
  }

  /**
   * Takes the way of this process.
   *
   * @param proxy that of the JVM, which nobody has set
   */
  @Override
  public HttpConnection create(URL url, Proxy proxy) throws IOException {
    URI target = address(url.toString());
    if (!isRepository(target)) {
      // Whatever names another place, nobody's credentials are sent there.
      throw new NotGitException("the server leads to another address");
    }
    answer.asked(target);
    Proxy way = Outbound.proxy(target);
    Optional<Advertisement.Answer> known = advertisement.of(url.toString());
    return known.isPresent()
        ? new Remembered(wired(url, way), way, known.get())
        : new Connection(wired(url, way), way);
  }

  @Override
  public GitSession newSession() {
    return new GitSession() {
      @Override
      public HttpConnection configure(HttpConnection connection, boolean sslVerify) {
        return connection; // it trusts what it shall from its beginning
      }

      @Override
      public void close() {}
    };
  }

  private boolean isRepository(URI target) {
    String path = repository.getRawPath();
    String begin = path.endsWith("/") ? path : path + "/";
    return repository.getScheme().equals(target.getScheme())
        && repository.getRawAuthority().equals(target.getRawAuthority())
        && (target.getRawPath().equals(begin + "info/refs")
            || target.getRawPath().equals(begin + "git-upload-pack"));
  }

  private static URI address(String url) throws IOException {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw new IOException("the address is not well-formed", e);
    }
  }

  /** The same address, whose connections use our sockets: JGit would make new ones for each. */
  private URL wired(URL url, Proxy way) throws IOException {
    SSLSocketFactory own = sockets;
    if (own == null && way.type() == Proxy.Type.DIRECT) {
      return url;
    }
    var handler =
        new URLStreamHandler() {
          @Override
          protected URLConnection openConnection(URL same) throws IOException {
            return trusting(url.openConnection(Proxy.NO_PROXY), own, Proxy.NO_PROXY);
          }

          @Override
          protected URLConnection openConnection(URL same, Proxy proxy) throws IOException {
            return trusting(url.openConnection(proxy), own, proxy);
          }
        };
    return URL.of(address(url.toString()), handler);
  }

  private static URLConnection trusting(
      URLConnection connection, @Nullable SSLSocketFactory sockets, Proxy way) {
    if (connection instanceof HttpsURLConnection https) {
      if (way.type() != Proxy.Type.DIRECT) {
        // Connections with different ones are not used again.
        https.setAuthenticator(Outbound.authenticator());
      }
      if (sockets != null) {
        https.setSSLSocketFactory(sockets);
      }
    }
    return connection;
  }

  /** No Git server, or not this one. JGit hands on what is of this type, and tries no other way. */
  static final class NotGitException extends TransportException {
    private static final long serialVersionUID = 1L;

    NotGitException(String message) {
      super(message);
    }
  }

  /** Answers from memory; nothing is sent. */
  private static final class Remembered extends JDKHttpConnection {
    private final Advertisement.Answer known;

    Remembered(URL url, Proxy proxy, Advertisement.Answer known) throws IOException {
      super(url, proxy);
      this.known = known;
    }

    @Override
    public void connect() {
      // There is nothing to ask.
    }

    @Override
    public int getResponseCode() {
      // Not handed to the ServerAnswer: the server has said nothing in this poll.
      return HTTP_OK;
    }

    @Override
    public String getResponseMessage() {
      return "OK";
    }

    @Override
    public String getContentType() {
      return known.contentType();
    }

    @Override
    public int getContentLength() {
      return known.body().length;
    }

    @Override
    public @Nullable String getHeaderField(String name) {
      return null;
    }

    @Override
    public List<String> getHeaderFields(String name) {
      return List.of();
    }

    @Override
    public Map<String, List<String>> getHeaderFields() {
      return Map.of();
    }

    @Override
    public InputStream getInputStream() {
      return known.stream();
    }
  }

  private final class Connection extends JDKHttpConnection {
    Connection(URL url, Proxy proxy) throws IOException {
      super(url, proxy);
      super.setInstanceFollowRedirects(false);
    }

    @Override
    public void setInstanceFollowRedirects(boolean follow) {
      // Never: the token would go along.
    }

    @Override
    public void setRequestProperty(String key, String value) {
      // A compressed answer could unpack to a thousand times its size, behind the bounds.
      super.setRequestProperty(key, key.equals("Accept-Encoding") ? "identity" : value);
    }

    @Override
    public int getResponseCode() throws IOException {
      int status = super.getResponseCode();
      answer.status(status, getHeaderField("Retry-After"), Instant.now());
      String type = Objects.requireNonNullElse(getContentType(), "");
      answer.type(type);
      String wanted = getRequestMethod().equals("GET") ? ADVERTISEMENT : RESULT;
      if (status == HTTP_OK && !type.equals(wanted)) {
        // JGit would take anything else for a repository of plain files, without any bound.
        throw new NotGitException("the server does not answer as a Git server");
      }
      return status;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      if (getHeaderField("Content-Encoding") != null) {
        throw new IOException("the server compresses its answers unasked");
      }
      InputStream stream = bounds.bound(super.getInputStream());
      return getRequestMethod().equals("GET")
          ? advertisement.keeping(
              getURL().toString(), Objects.requireNonNullElse(getContentType(), ""), stream)
          : stream;
    }
  }
}
