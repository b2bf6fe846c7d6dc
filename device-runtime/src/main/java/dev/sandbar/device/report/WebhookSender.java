package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.secret.SecretFile;
import java.net.URI;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends the event JSON of Flux to a generic webhook, signed with {@code X-Signature: sha256=...},
 * the HMAC-SHA256 of the body, as Flux's {@code generic-hmac} provider does.
 */
final class WebhookSender extends PostingSender {
  private final Credential key;

  WebhookSender(String name, URI target, Credential key, BoundedHttp http) {
    super(name, target, http);
    this.key = key;
  }

  @Override
  Node body(DriftAlert alert) {
    return AlertJson.event(alert);
  }

  @Override
  Credential.Bearer proof(byte[] body) {
    return switch (key) {
      case Credential.None() -> new Credential.Bearer.Headers(Map.of());
      case Credential.FromFile(SecretFile file) ->
          switch (file.read()) {
            case SecretFile.Reading.Unusable(String reason) ->
                new Credential.Bearer.Unusable(reason);
            case SecretFile.Reading.Secret secret ->
                new Credential.Bearer.Headers(
                    Map.of("X-Signature", signature(secret.bytes(), body)));
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
}
