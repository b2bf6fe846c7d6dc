package dev.sandbar.device.kube;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.Encoding;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A cluster's authority, known by the SHA-256 of its public key (SubjectPublicKeyInfo), as {@code
 * kubeadm join --discovery-token-ca-cert-hash} knows it.
 *
 * @param hex 64 small hex digits
 */
public record CaPin(String hex) {
  private static final String CLUSTER_INFO =
      "/api/v1/namespaces/kube-public/configmaps/cluster-info";

  /** Reads a pin, with or without {@code sha256:} before it; empty if it is none. */
  public static Optional<CaPin> of(String text) {
    String hex = text.strip().toLowerCase(Locale.ROOT).replaceFirst("^sha256:", "");
    return hex.matches("[0-9a-f]{64}") ? Optional.of(new CaPin(hex)) : Optional.empty();
  }

  /** The pin of an authority. */
  public static CaPin of(X509Certificate authority) {
    return new CaPin(CertificateRequest.fingerprint(authority.getPublicKey().getEncoded()));
  }

  /** What came of looking. */
  public sealed interface Finding {
    /** The authority, in PEM. */
    record Found(String pem) implements Finding {}

    /** The server has an authority, but another one. This may be an attack. */
    record Differs(String message) implements Finding {}

    /** Neither what the server showed nor its ConfigMap holds an authority. */
    record NotShown(String message) implements Finding {}

    /** The server could not be asked. */
    record Failed(ApiAnswer.Failure failure) implements Finding {}
  }

  /**
   * Looks for the authority: in the certificates that the server shows, then in the ConfigMap
   * {@code cluster-info} of {@code kube-public}, which kubeadm publishes for this. Sends no secret,
   * and believes nothing that the pin does not confirm.
   */
  public Finding find(ApiServerAddress server, ApiLimits limits) {
    var recorder = new ChainRecorder();
    ApiAnswer answer;
    try (KubeApi api = KubeApi.believing(recorder, server, limits)) {
      answer = api.get(CLUSTER_INFO);
    }
    if (recorder.shown().isEmpty() && answer instanceof ApiAnswer.Failure failure) {
      return new Finding.Failed(failure);
    }
    var candidates = new ArrayList<X509Certificate>(recorder.shown());
    boolean published =
        answer instanceof ApiAnswer.Success(Node body) && candidates.addAll(published(body));
    for (X509Certificate candidate : candidates) {
      if (of(candidate).equals(this) && candidate.getBasicConstraints() >= 0) {
        return new Finding.Found(pem(candidate));
      }
    }
    boolean authorityShown =
        candidates.stream().anyMatch(candidate -> candidate.getBasicConstraints() >= 0);
    return published || authorityShown
        ? new Finding.Differs(
            "the authority of " + server + " is not the one that --ca-sha256 names")
        : new Finding.NotShown(server + " shows no authority that a pin could be compared with");
  }

  private static String pem(X509Certificate certificate) {
    try {
      return Encoding.pem(Pem.CERTIFICATE, certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read cannot be written", e);
    }
  }

  private static List<X509Certificate> published(Node configMap) {
    String kubeconfig = Json.text(configMap, "data", "kubeconfig").orElse("");
    byte[] bytes = kubeconfig.getBytes(StandardCharsets.UTF_8);
    for (Node document : YamlReader.read("cluster-info", bytes, TextLimits.DEFAULT).documents()) {
      for (Node cluster : Json.items(document, "clusters")) {
        Optional<String> data = Json.text(cluster, "cluster", "certificate-authority-data");
        if (data.isPresent()) {
          try {
            return Pem.certificates(
                new String(Base64.getDecoder().decode(data.get()), StandardCharsets.US_ASCII));
          } catch (GeneralSecurityException | IllegalArgumentException e) {
            return List.of();
          }
        }
      }
    }
    return List.of();
  }
}
