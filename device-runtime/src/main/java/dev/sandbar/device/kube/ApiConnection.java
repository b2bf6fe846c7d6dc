package dev.sandbar.device.kube;

import dev.sandbar.source.net.Outbound;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP client of the moment. It is made anew when the files behind it have changed, since a
 * certificate is shown when a connection is made and never again; and when the server has fallen
 * silent, since requests would otherwise queue up on a connection whose other end has vanished
 * until TCP gives up, a quarter of an hour later.
 */
final class ApiConnection implements AutoCloseable {
  /** Makes the TLS of a client. */
  interface Tls {
    SSLContext context() throws TlsContexts.Unusable;
  }

  private final Tls tls;
  private final Trust trust;
  private final ApiCredentials credentials;
  private final ApiLimits limits;
  private @Nullable Use current;
  private boolean closed;

  ApiConnection(Trust trust, ApiCredentials credentials, ApiLimits limits, Tls tls) {
    this.tls = tls;
    this.trust = trust;
    this.credentials = credentials;
    this.limits = limits;
  }

  /**
   * A client and the state of the files that it was made of.
   *
   * @param owner is notified that the connection is dead
   */
  record Use(HttpClient client, String stamp, ApiConnection owner) {
    void abandon() {
      owner.abandon(this);
    }
  }

  synchronized Use use() throws TlsContexts.Unusable {
    if (closed) {
      throw new TlsContexts.Unusable("the client is closed");
    }
    String stamp = stamp();
    Use known = current;
    if (known != null && known.stamp().equals(stamp)) {
      return known;
    }
    SSLContext context = tls.context();
    var parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    HttpClient client =
        Outbound.client()
            .version(HttpClient.Version.HTTP_2)
            .connectTimeout(limits.connect())
            .sslContext(context)
            .sslParameters(parameters)
            .build();
    if (known != null) {
      // What runs on it may end in its own time.
      known.client().shutdown();
    }
    Use made = new Use(client, stamp, this);
    current = made;
    return made;
  }

  private synchronized void abandon(Use use) {
    if (current == use) {
      current = null;
    }
    use.client().shutdownNow();
  }

  private String stamp() {
    String authorities =
        switch (trust) {
          case Trust.Authorities(Path file) -> stamp(file);
          case Trust.Platform() -> "";
        };
    return switch (credentials) {
      case ApiCredentials.ClientCertificate(Path file, var _) -> authorities + " " + stamp(file);
      case ApiCredentials.Anonymous _, ApiCredentials.Token _, ApiCredentials.TokenFile _ ->
          authorities;
    };
  }

  private static String stamp(Path file) {
    try {
      BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
      return seen.lastModifiedTime() + "/" + seen.size() + "/" + seen.fileKey();
    } catch (IOException e) {
      return "absent";
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    Use known = current;
    current = null;
    if (known != null) {
      known.client().shutdownNow();
    }
  }
}
