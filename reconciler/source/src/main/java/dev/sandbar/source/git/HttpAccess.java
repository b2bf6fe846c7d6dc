package dev.sandbar.source.git;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URL;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory2;
import org.eclipse.jgit.transport.http.JDKHttpConnection;

/** HTTP and HTTPS: bounded answers, no redirects, a token sent to the one address only. */
final class HttpAccess implements HttpConnectionFactory2 {
  private final PollBounds bounds;
  private final ServerAnswer answer;

  /** Empty to trust what the system trusts. */
  private final List<TrustManager[]> trust;

  private HttpAccess(PollBounds bounds, ServerAnswer answer, List<TrustManager[]> trust) {
    this.bounds = bounds;
    this.answer = answer;
    this.trust = trust;
  }

  static void configure(
      TransportHttp transport,
      String username,
      Credentials credentials,
      PollBounds bounds,
      ServerAnswer answer)
      throws CredentialFileException {
    Optional<byte[]> authorities = credentials.authorities();
    List<TrustManager[]> trust =
        authorities.isEmpty() ? List.of() : List.<TrustManager[]>of(trusted(authorities.get()));
    transport.setHttpConnectionFactory(new HttpAccess(bounds, answer, trust));
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
      public HttpConnection configure(HttpConnection connection, boolean sslVerify)
          throws GeneralSecurityException {
        if (!trust.isEmpty() && connection.getURL().getProtocol().equals("https")) {
          connection.configure(null, trust.getFirst(), null);
        }
        return connection;
      }

      @Override
      public void close() {}
    };
  }

  private static TrustManager[] trusted(byte[] pem) throws CredentialFileException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int index = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        store.setCertificateEntry("ca-" + index++, certificate);
      }
      if (index == 0) {
        throw new CertificateException("no certificate");
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new CredentialFileException("the CA file holds no PEM certificate");
    }
  }

  private final class Connection extends JDKHttpConnection {
    Connection(URL url) throws IOException {
      super(url);
      super.setInstanceFollowRedirects(false);
    }

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
