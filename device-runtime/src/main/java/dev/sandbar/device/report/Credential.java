package dev.sandbar.device.report;

import dev.sandbar.source.secret.SecretFile;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** How a message proves who sent it. */
sealed interface Credential {

  /** It does not. */
  record None() implements Credential {}

  /** By what stands in a file. */
  record FromFile(SecretFile file) implements Credential {}

  /** A bearer token as a request carries it. */
  sealed interface Bearer {

    /** The headers; none without a credential. */
    record Headers(Map<String, String> headers) implements Bearer {
      public Headers {
        headers = Map.copyOf(headers);
      }

      /** Without what is secret. */
      @Override
      public String toString() {
        return headers.keySet().toString();
      }
    }

    /** There is a file, and no token in it. */
    record Unusable(String reason) implements Bearer {}
  }

  /** This as a bearer token. */
  default Bearer bearer() {
    return switch (this) {
      case None() -> new Bearer.Headers(Map.of());
      case FromFile(SecretFile file) ->
          switch (file.read()) {
            case SecretFile.Reading.Unusable(String reason) -> new Bearer.Unusable(reason);
            case SecretFile.Reading.Secret secret -> {
              String token = new String(secret.bytes(), StandardCharsets.UTF_8);
              yield token.chars().allMatch(c -> c > ' ' && c < 0x7f)
                  ? new Bearer.Headers(Map.of("Authorization", "Bearer " + token))
                  : new Bearer.Unusable(file.path() + " is not a bearer token");
            }
          };
    };
  }
}
