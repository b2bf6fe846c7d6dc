package dev.sandbar.device.identity;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.source.text.JsonReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.spec.MGF1ParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/** Tokens of the device's own ServiceAccount. */
final class Tokens {
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  private Tokens() {}

  /** From when and until when a token holds. */
  record Life(Instant from, Instant until) {}

  /** What became of a renewal. */
  sealed interface Renewed {
    /** A new token. Its text is not shown. */
    record Token(String token) implements Renewed {
      @Override
      public String toString() {
        return "Token[...]";
      }
    }

    /** None. */
    record Failed(ApiAnswer.Failure failure) implements Renewed {}
  }

  /** Opens {@code status.credential} of a Device; empty if it was not sealed for this key. */
  static Optional<String> unseal(Node device, DeviceKey key) {
    try {
      byte[] sealedKey = base64(device, "key");
      byte[] sealedToken = base64(device, "token");
      if (sealedToken.length <= NONCE) {
        return Optional.empty();
      }
      Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
      // Both digests by name: Java's "OAEPWithSHA-256" takes SHA-1 for the mask.
      rsa.init(
          Cipher.DECRYPT_MODE,
          key.privateKey(),
          new OAEPParameterSpec(
              "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
      Cipher aes = Cipher.getInstance("AES/GCM/NoPadding");
      aes.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(rsa.doFinal(sealedKey), "AES"),
          new GCMParameterSpec(TAG_BITS, Arrays.copyOf(sealedToken, NONCE)));
      byte[] token = aes.doFinal(sealedToken, NONCE, sealedToken.length - NONCE);
      return Optional.of(new String(token, StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static byte[] base64(Node device, String field) {
    return Base64.getDecoder().decode(Json.text(device, "status", "credential", field).orElse(""));
  }

  /** When a token (JWT) begins and ends, by its own claims; empty if it does not say. */
  static Optional<Life> life(byte[] token) {
    String[] parts = new String(token, StandardCharsets.US_ASCII).strip().split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      List<Node> claims =
          JsonReader.read("token", Base64.getUrlDecoder().decode(parts[1])).documents();
      if (claims.isEmpty()) {
        return Optional.empty();
      }
      Optional<Instant> from = instant(claims.getFirst(), "iat");
      Optional<Instant> until = instant(claims.getFirst(), "exp");
      return from.isPresent() && until.isPresent()
          ? Optional.of(new Life(from.get(), until.get()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Instant> instant(Node claims, String name) {
    return Json.text(claims, name)
        .filter(text -> text.matches("[0-9]{1,12}"))
        .map(text -> Instant.ofEpochSecond(Long.parseLong(text)));
  }

  /** Asks for a new token, as the ServiceAccount itself. */
  static Renewed renew(KubeApi api, Member member, Duration life) {
    Node request =
        Json.object(
            "apiVersion",
            "authentication.k8s.io/v1",
            "kind",
            "TokenRequest",
            "spec",
            Json.object("expirationSeconds", life.toSeconds()));
    return switch (api.post(member.tokenPath(), request)) {
      case ApiAnswer.Success(Node body) ->
          Json.text(body, "status", "token")
              .<Renewed>map(Renewed.Token::new)
              .orElseGet(
                  () -> new Renewed.Failed(new ApiAnswer.Refused("the answer holds no token")));
      case ApiAnswer.Failure failure -> new Renewed.Failed(failure);
    };
  }
}
