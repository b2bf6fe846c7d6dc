package dev.sandbar.source.git;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory2;
import org.eclipse.jgit.transport.http.JDKHttpConnection;
import org.jspecify.annotations.Nullable;

/** HTTP and HTTPS: bounded answers, no redirects, a token sent to the one address only. */
final class HttpAccess implements HttpConnectionFactory2 {
  private final PollBounds bounds;
  private final ServerAnswer answer;

  /** Null to trust what the system trusts. */
  private final @Nullable SSLSocketFactory sockets;

  private HttpAccess(PollBounds bounds, ServerAnswer answer, @Nullable SSLSocketFactory sockets) {
    this.bounds = bounds;
    this.answer = answer;
    this.sockets = sockets;
  }

  static void configure(
      TransportHttp transport,
      String username,
      Remote.Access access,
      PollBounds bounds,
      ServerAnswer answer)
      throws CredentialFileException {
    Credentials credentials = access.credentials();
    Optional<byte[]> authorities = credentials.authorities();
    SSLSocketFactory sockets =
        authorities.isEmpty() ? null : access.trust().sockets(authorities.get());
    transport.setHttpConnectionFactory(new HttpAccess(bounds, answer, sockets));
    Optional<String> token = credentials.token();
    if (token.isPresent()) {
      transport.setPreemptiveBasicAuthentication(username, token.get());
    }
  }

  @Override
  public HttpConnection create(URL url) throws IOException {
    return new Connection(url);
  }

  @Override
  public HttpConnection create(URL url, Proxy proxy) throws IOException {
    return new Connection(url, proxy);
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

  /** The same address, whose connections use our sockets: JGit would make new ones for each. */
  private URL wired(URL url) throws IOException {
    SSLSocketFactory own = sockets;
    if (own == null) {
      return url;
    }
    var handler =
        new URLStreamHandler() {
          @Override
          protected URLConnection openConnection(URL same) throws IOException {
            return trusting(url.openConnection(), own);
          }

          @Override
          protected URLConnection openConnection(URL same, Proxy proxy) throws IOException {
            return trusting(url.openConnection(proxy), own);
          }
        };
    try {
      return URL.of(url.toURI(), handler);
    } catch (URISyntaxException e) {
      throw new IOException("the address is not well-formed", e);
    }
  }

  private static URLConnection trusting(URLConnection connection, SSLSocketFactory sockets) {
    if (connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(sockets);
    }
    return connection;
  }

  private final class Connection extends JDKHttpConnection {
    Connection(URL url) throws IOException {
      super(wired(url));
      super.setInstanceFollowRedirects(false);
    }

    Connection(URL url, Proxy proxy) throws IOException {
      super(wired(url), proxy);
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
      answer.status(status);
      return status;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      if (getHeaderField("Content-Encoding") != null) {
        throw new IOException("the server compresses its answers unasked");
      }
      return bounds.bound(super.getInputStream());
    }
  }
}
