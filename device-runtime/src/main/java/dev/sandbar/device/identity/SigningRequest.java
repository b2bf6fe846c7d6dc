package dev.sandbar.device.identity;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Pem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A CertificateSigningRequest of the device. Its name holds a digest of the key, so that asking
 * twice for the same key is one request: nothing needs to be remembered across a crash.
 */
final class SigningRequest {
  private static final String COLLECTION =
      "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  private static final String SIGNER = "kubernetes.io/kube-apiserver-client";

  private final KubeApi api;
  private final DeviceKey key;
  private final String name;
  private final Node object;

  SigningRequest(KubeApi api, Member member, String uid, DeviceKey key, Duration life)
      throws GeneralSecurityException {
    this.api = api;
    this.key = key;
    this.name = "sandbar-%s-%s-%s".formatted(member.namespace(), member.name(), key.shortDigest());
    byte[] der = CertificationRequest.der(member.subject(uid), key);
    String pem = Pem.block("CERTIFICATE REQUEST", der);
    this.object =
        Json.object(
            "apiVersion",
            "certificates.k8s.io/v1",
            "kind",
            "CertificateSigningRequest",
            "metadata",
            Json.object("name", name),
            "spec",
            Json.object(
                "signerName",
                SIGNER,
                "expirationSeconds",
                life.toSeconds(),
                "request",
                Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII)),
                "usages",
                Json.texts(List.of("client auth", "digital signature"))));
  }

  /** How far it is. */
  sealed interface State {
    /** Signed: the chain in PEM, the device's certificate first. */
    record Issued(String chain, X509Certificate certificate) implements State {}

    /** Nobody has decided. */
    record Undecided() implements State {}

    /** Approved, and about to be signed. */
    record Approved() implements State {}

    /** Somebody said no, or the signer cannot. */
    record Denied(String reason) implements State {}

    /** The server could not be asked. */
    record Unknown(ApiAnswer.Failure failure) implements State {}
  }

  String name() {
    return name;
  }

  /** Makes the request if there is none, and reads how far it is. */
  State look() {
    return switch (api.get(COLLECTION + "/" + name)) {
      case ApiAnswer.Success(Node body) -> state(body);
      case ApiAnswer.NotFound _ ->
          switch (api.post(COLLECTION, object)) {
            case ApiAnswer.Success(Node body) -> state(body);
            case ApiAnswer.AlreadyExists _ -> new State.Undecided();
            case ApiAnswer.Failure failure -> new State.Unknown(failure);
          };
      case ApiAnswer.Failure failure -> new State.Unknown(failure);
    };
  }

  private State state(Node request) {
    boolean approved = false;
    for (Node condition : Json.items(request, "status", "conditions")) {
      switch (Json.text(condition, "type").orElse("")) {
        case "Denied", "Failed" -> {
          return new State.Denied(
              Json.text(condition, "message")
                  .filter(text -> !text.isBlank())
                  .or(() -> Json.text(condition, "reason"))
                  .orElse("no reason was given"));
        }
        case "Approved" -> approved = true;
        default -> {
          // Other conditions say nothing of the outcome.
        }
      }
    }
    Optional<String> certificate = Json.text(request, "status", "certificate");
    if (certificate.isEmpty()) {
      return approved ? new State.Approved() : new State.Undecided();
    }
    try {
      String chain =
          new String(Base64.getDecoder().decode(certificate.get()), StandardCharsets.US_ASCII);
      List<X509Certificate> certificates = Pem.certificates(chain);
      if (certificates.isEmpty()
          || !certificates.getFirst().getPublicKey().equals(key.publicKey())) {
        return new State.Denied("the certificate that was issued is for another key");
      }
      var clean = new StringBuilder();
      for (X509Certificate each : certificates) {
        clean.append(Pem.block(Pem.CERTIFICATE, each.getEncoded()));
      }
      return new State.Issued(clean.toString(), certificates.getFirst());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return new State.Denied("the certificate that was issued cannot be read");
    }
  }
}
