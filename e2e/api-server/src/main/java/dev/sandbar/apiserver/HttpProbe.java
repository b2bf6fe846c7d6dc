package dev.sandbar.apiserver;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Asks etcd and the API server over HTTP, as the administrator. */
final class HttpProbe implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** A server that has just come back takes its time for the first write. */
  private static final Duration WRITE_LIMIT = Duration.ofSeconds(30);

  private final HttpClient client;

  HttpProbe(ClientCertificate authority, ClientCertificate admin) {
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LIMIT)
            .sslContext(context(authority, admin))
            .build();
  }

  /** Tells whether a GET is answered with 200. */
  boolean answers(String url) {
    return send(HttpRequest.newBuilder(URI.create(url)).timeout(LIMIT).build()) == 200;
  }

  /** Returns what a GET is answered with, if that is 200. */
  Optional<String> get(String url, String accept) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(LIMIT).header("Accept", accept).build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while asking " + url, e);
    }
  }

  /** Posts a JSON object; returns the status code, or -1 without an answer. */
  int post(String url, String json) {
    return send(
        HttpRequest.newBuilder(URI.create(url))
            .timeout(WRITE_LIMIT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  /** Posts a JSON object; returns the answer's body, which must come with 200. */
  String answer(String url, String json) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(LIMIT)
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new ApiServerException(
            "%s: HTTP status %d: %s".formatted(url, answer.statusCode(), answer.body()));
      }
      return answer.body();
    } catch (IOException e) {
      throw new ApiServerException(url + " does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while asking " + url, e);
    }
  }

  private int send(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while asking the API server", e);
    }
  }

  private static SSLContext context(ClientCertificate authority, ClientCertificate admin) {
    char[] password = new char[0];
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, password);
      own.setKeyEntry(
          "admin", admin.keys().getPrivate(), password, new Certificate[] {admin.certificate()});
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, password);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, password);
      trusted.setCertificateEntry("ca", authority.certificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
