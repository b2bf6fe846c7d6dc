package dev.sandbar.operator.gitsource;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Sends pushes as a Git server does. */
public record Push(int port, String namespace) {
  private static final String BODY = "{\"ref\":\"refs/heads/main\"}";

  /** Sends one that is signed with this key; the status of the answer, 0 if there was none. */
  public int signed(String source, String key) throws InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://localhost:%d/hook/%s/%s".formatted(port, namespace, source)))
            .timeout(Duration.ofSeconds(20))
            .header("X-Hub-Signature-256", signature(key, BODY))
            .POST(BodyPublishers.ofString(BODY))
            .build();
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofString()).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  static String signature(String key, String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
      return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
