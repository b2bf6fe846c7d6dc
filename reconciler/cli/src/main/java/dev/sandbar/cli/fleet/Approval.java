package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec.Identity;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The owner's consent that a device is who it says. */
final class Approval {
  private static final String SIGNER = "kubernetes.io/kube-apiserver-client";

  private final Connection connection;

  Approval(Connection connection) {
    this.connection = connection;
  }

  /**
   * Lets a device in: approves the request for the key that the Device object names.
   *
   * @throws FleetException if there is none, or the keys differ
   */
  Done approve(String name) {
    Device device = connection.get(Device.class, name);
    Identity identity = device.getSpec() == null ? null : device.getSpec().identity();
    if (identity == null) {
      throw new FleetException(
          "the device " + name + " has not enrolled: it has no key",
          "Run sandbar enrol on it; sandbar fleet token create prints the whole command");
    }
    byte[] key = key(name, identity);
    String object = "device/" + name;
    String fingerprint = SigningRequest.fingerprint(key);
    return switch (identity.type()) {
      case ServiceAccount -> {
        connection.patch(Device.class, name, "{\"spec\":{\"approved\":true}}");
        yield Done.of(
            true, "approve", object, object + " is approved, with the key " + fingerprint);
      }
      case ClientCertificate -> {
        for (CertificateSigningRequest request : waiting(name, key)) {
          approve(request);
        }
        yield Done.of(
            true, "approve", object, object + " is approved, with the key " + fingerprint);
      }
    };
  }

  private static byte[] key(String name, Identity identity) {
    try {
      return Base64.getDecoder().decode(text(identity.publicKey()));
    } catch (IllegalArgumentException _) {
      throw new FleetException(
          "device " + name + ": spec.identity.publicKey is not base64",
          "Delete the Device and enrol it again");
    }
  }

  /** The requests of this device that nobody has decided, all of them for the one key. */
  private List<CertificateSigningRequest> waiting(String name, byte[] key) {
    String prefix = "sandbar-" + connection.namespace() + "-" + name + "-";
    var undecided = new ArrayList<CertificateSigningRequest>();
    var decided = new ArrayList<String>();
    connection.<CertificateSigningRequest>pages(
        "list certificatesigningrequests.certificates.k8s.io",
        options ->
            connection.client().certificates().v1().certificateSigningRequests().list(options),
        request -> {
          String found = request.getMetadata().getName();
          // The names of devices may hold hyphens: pump- is not pump-1-.
          if (SIGNER.equals(request.getSpec().getSignerName())
              && found.startsWith(prefix)
              && found.indexOf('-', prefix.length()) < 0) {
            if (isDecided(request)) {
              decided.add(found);
            } else {
              undecided.add(request);
            }
          }
        });
    if (undecided.isEmpty()) {
      throw new FleetException(
          "the device "
              + name
              + " asks for no certificate"
              + (decided.isEmpty()
                  ? ""
                  : " any more: " + String.join(", ", decided) + " is decided"),
          "Look at all requests: kubectl get csr; the device asks anew when sandbar enrol is run"
              + " again");
    }
    List<CertificateSigningRequest> matching =
        undecided.stream().filter(request -> isFor(request, key)).toList();
    if (matching.isEmpty()) {
      throw new FleetException(
          undecided.getFirst().getMetadata().getName()
              + " is for another key than the one that the device "
              + name
              + " enrolled with: somebody else may be asking in its name",
          "Deny it: kubectl certificate deny " + undecided.getFirst().getMetadata().getName());
    }
    return matching;
  }

  private static boolean isDecided(CertificateSigningRequest request) {
    return request.getStatus() != null
        && request.getStatus().getConditions().stream()
            .map(CertificateSigningRequestCondition::getType)
            .anyMatch(type -> type.equals("Approved") || type.equals("Denied"));
  }

  private static boolean isFor(CertificateSigningRequest request, byte[] key) {
    return SigningRequest.publicKey(text(request.getSpec().getRequest()))
        .filter(found -> Arrays.equals(found, key))
        .isPresent();
  }

  private void approve(CertificateSigningRequest request) {
    String name = request.getMetadata().getName();
    connection.explained(
        "approve the certificatesigningrequest " + name,
        () ->
            connection
                .client()
                .certificates()
                .v1()
                .certificateSigningRequests()
                .withName(name)
                .approve(
                    new CertificateSigningRequestConditionBuilder()
                        .withType("Approved")
                        .withStatus("True")
                        .withReason("SandbarApprove")
                        .withMessage("Approved with sandbar fleet approve.")
                        .build()));
  }
}
