package dev.sandbar.operator.enrol;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.jspecify.annotations.Nullable;

/**
 * What a CertificateSigningRequest asks for. Everything in it was written by whoever asks.
 *
 * @param requester user and groups as the API server wrote them: the only fields to be believed
 * @param commonNames all of them; a name has one
 * @param otherParts of the subject: neither CN nor O
 * @param publicKey SubjectPublicKeyInfo, base64
 * @param extended whether it asks for extensions, such as further names
 */
record Request(
    String name,
    Requester requester,
    Set<String> usages,
    List<String> commonNames,
    List<String> organizations,
    boolean otherParts,
    String publicKey,
    boolean rsa,
    boolean extended) {
  private static final int LONGEST = 1 << 16;

  /** Who asks. */
  record Requester(String user, Set<String> groups) {}

  /** Reads a request; empty if it is none that anybody could sign. */
  static Optional<Request> of(CertificateSigningRequest object) {
    var spec = object.getSpec();
    if (spec.getRequest() == null || spec.getRequest().length() > LONGEST) {
      return Optional.empty();
    }
    try (var reader =
        new PemReader(
            new StringReader(
                new String(
                    Base64.getMimeDecoder().decode(spec.getRequest()),
                    StandardCharsets.US_ASCII)))) {
      PemObject pem = reader.readPemObject();
      if (pem == null) {
        return Optional.empty();
      }
      var request = new PKCS10CertificationRequest(pem.getContent());
      var key = request.getSubjectPublicKeyInfo();
      X500Name subject = request.getSubject();
      List<String> names = values(subject, BCStyle.CN);
      List<String> organizations = values(subject, BCStyle.O);
      int parts = 0;
      for (RDN part : subject.getRDNs()) {
        parts += part.size();
      }
      return Optional.of(
          new Request(
              object.getMetadata().getName(),
              new Requester(
                  text(spec.getUsername()),
                  spec.getGroups() == null ? Set.of() : Set.copyOf(spec.getGroups())),
              spec.getUsages() == null ? Set.of() : Set.copyOf(spec.getUsages()),
              names,
              organizations,
              parts != names.size() + organizations.size(),
              Base64.getEncoder().encodeToString(key.getEncoded()),
              !key.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey),
              request.getAttributes().length > 0));
    } catch (IOException | RuntimeException e) {
      // The parser meets hostile bytes with exceptions of many kinds.
      return Optional.empty();
    }
  }

  private static List<String> values(X500Name subject, ASN1ObjectIdentifier type) {
    var values = new ArrayList<String>();
    for (RDN part : subject.getRDNs()) {
      for (var each : part.getTypesAndValues()) {
        if (each.getType().equals(type)) {
          values.add(IETFUtils.valueToString(each.getValue()));
        }
      }
    }
    return values;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Whether it asks for something that is Sandbar's to give. */
  boolean isOurs() {
    return commonNames.stream().anyMatch(name -> name.startsWith(DeviceUser.PREFIX))
        || organizations.stream().anyMatch(name -> name.startsWith(DeviceUser.PREFIX));
  }
}
