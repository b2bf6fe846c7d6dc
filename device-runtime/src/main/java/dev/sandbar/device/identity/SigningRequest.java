package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.enrol.Encoding;
import dev.sandbar.core.enrol.RequestRules;
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
 * A CertificateSigningRequest of the device. Its name holds a digest that is made with the key, so
 * that asking twice for the same key is one request, and nothing needs to be remembered across a
 * crash; nobody else can make a request under this name first.
 */
final class SigningRequest {
  private static final String COLLECTION =
      "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  /** Where the answer is found. */
  enum Answer {
    /** In the request, by whoever has a token to enrol with. */
    IN_REQUEST,
    /** In the status of its Device, by a device: it may read no request. */
    IN_DEVICE
  }

  private final KubeApi api;
  private final Member member;
  private final DeviceKey key;
  private final Answer answer;
  private final String name;
  private final Node object;
  private boolean asked;

  SigningRequest(
      KubeApi api, Member member, String uid, DeviceKey key, Duration life, Answer answer)
      throws GeneralSecurityException {
    this.api = api;
    this.member = member;
    this.key = key;
    this.answer = answer;
    DeviceUser user = member.user();
    this.name = user.requestPrefix() + key.digestOf(user.subject(uid).getEncoded());
    byte[] pem = new CertificateRequest(user, uid, key.spki()).pem(key::sign);
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
                RequestRules.SIGNER,
                "expirationSeconds",
                life.toSeconds(),
                "request",
                Base64.getEncoder().encodeToString(pem),
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
    return switch (answer) {
      case IN_REQUEST ->
          switch (api.get(COLLECTION + "/" + name)) {
            case ApiAnswer.Success(Node body) -> state(body);
            case ApiAnswer.NotFound _ -> ask();
            case ApiAnswer.Failure failure -> new State.Unknown(failure);
          };
      case IN_DEVICE ->
          switch (api.get(member.devicePath())) {
            case ApiAnswer.Success(Node device) ->
                Json.at(device, "status", "certificate")
                    .filter(it -> Json.text(it, "request").orElse("").equals(name))
                    .map(this::answered)
                    .orElseGet(() -> asked ? new State.Undecided() : ask());
            case ApiAnswer.Failure failure -> new State.Unknown(failure);
          };
    };
  }

  private State ask() {
    return switch (api.post(COLLECTION, object)) {
      case ApiAnswer.Success(Node body) -> {
        asked = true;
        yield answer == Answer.IN_REQUEST ? state(body) : new State.Undecided();
      }
      case ApiAnswer.AlreadyExists _ -> {
        asked = true;
        yield new State.Undecided();
      }
      case ApiAnswer.Failure failure -> new State.Unknown(failure);
    };
  }

  private State answered(Node certificate) {
    return Json.text(certificate, "chain")
        .map(this::issued)
        .orElseGet(
            () ->
                new State.Denied(
                    Json.text(certificate, "denied")
                        .filter(text -> !text.isBlank())
                        .orElse("no reason was given")));
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
    return issued(certificate.get());
  }

  private State issued(String base64) {
    try {
      String chain = new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
      List<X509Certificate> certificates = Pem.certificates(chain);
      if (certificates.isEmpty()
          || !certificates.getFirst().getPublicKey().equals(key.publicKey())) {
        return new State.Denied("the certificate that was issued is for another key");
      }
      var clean = new StringBuilder();
      for (X509Certificate each : certificates) {
        clean.append(Encoding.pem(Pem.CERTIFICATE, each.getEncoded()));
      }
      return new State.Issued(clean.toString(), certificates.getFirst());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return new State.Denied("the certificate that was issued cannot be read");
    }
  }
}
