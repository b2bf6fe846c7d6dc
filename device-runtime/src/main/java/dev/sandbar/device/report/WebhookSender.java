package dev.sandbar.device.report;

import dev.sandbar.source.secret.SecretFile;
import dev.sandbar.source.text.JsonWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends the event JSON of Flux to a generic webhook, signed with {@code X-Signature: sha256=...},
 * the HMAC-SHA256 of the body, as Flux's {@code generic-hmac} provider does.
 */
final class WebhookSender implements AlertSender {

  private final String name;
  private final URI target;
  private final Credential key;
  private final BoundedHttp http;

  WebhookSender(String name, URI target, Credential key, BoundedHttp http) {
    this.name = name;
    this.target = target;
    this.key = key;
    this.http = http;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Style style() {
    return new Style.History();
  }

  @Override
  public Outcome send(List<Message> messages) {
    if (messages.size() != 1) {
      throw new IllegalArgumentException("a webhook takes one event at a time");
    }
    byte[] body =
        JsonWriter.compact(AlertJson.event(messages.getFirst().alert()))
            .getBytes(StandardCharsets.UTF_8);
    return switch (key) {
      case Credential.None none -> http.post(target, Map.of(), body);
      case Credential.FromFile(SecretFile file) ->
          switch (file.read()) {
            case SecretFile.Reading.Unusable(String reason) ->
                new Outcome.Retry(reason, Duration.ZERO);
            case SecretFile.Reading.Secret secret ->
                http.post(target, Map.of("X-Signature", signature(secret.bytes(), body)), body);
          };
    };
  }

  private static String signature(byte[] key, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
