package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.Decision;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.enrol.RequestRules;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec.Identity;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatusBuilder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The owner's consent that a device is who it says: by the rules that the operator decides by. */
final class Approval {
  private final FleetConnection connection;

  Approval(FleetConnection connection) {
    this.connection = connection;
  }

  /**
   * Finds what an owner is asked to consent to; changes nothing.
   *
   * @param fingerprint what that of the key must begin with; empty if nobody has compared it
   * @throws FleetException if there is no request that keeps the rules, or the key is another
   */
  Approvable find(String name, String fingerprint) {
    Device device = connection.get(Device.class, name);
    Identity identity =
        Optional.ofNullable(device.getSpec())
            .flatMap(spec -> Optional.ofNullable(spec.identity()))
            .orElseThrow(
                () ->
                    new FleetException(
                        "the device " + name + " has not enrolled: it has no key",
                        "Run sandbar enrol on it; sandbar fleet token create prints the whole"
                            + " command"));
    String found = fingerprint(name, identity);
    if (!found.startsWith(fingerprint)) {
      throw new FleetException(
          "the device %s enrolled with the key %s, not with %s".formatted(name, found, fingerprint),
          "Compare it with the key= that sandbar enrol printed on the device; if they differ,"
              + " somebody else enrolled in its name: kubectl delete device "
              + name
              + " -n "
              + connection.namespace());
    }
    String uid = device.getMetadata().getUid();
    return switch (identity.type()) {
      case ServiceAccount ->
          new Approvable(
              name,
              "system:serviceaccount:" + connection.namespace() + ":sandbar-device-" + name,
              "",
              found,
              uid,
              null);
      case ClientCertificate ->
          new Approvable(
              name,
              new DeviceUser(connection.namespace(), name).user(),
              DeviceUser.ALL_DEVICES + ", " + DeviceUser.groupOf(uid),
              found,
              uid,
              waiting(device, identity));
    };
  }

  /** Lets the device in: exactly what was found, or nothing if it has changed since. */
  Done give(Approvable grant) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("action", "approve");
    fields.put("object", grant.object());
    CertificateSigningRequest request = grant.request();
    if (request != null) {
      approve(request);
      fields.put("request", request.getMetadata().getName());
      fields.put("groups", grant.groups());
    } else {
      // With its UID: not another Device that has got the name since.
      connection.patch(
          Device.class,
          grant.device(),
          "{\"metadata\":{\"uid\":\"%s\"},\"spec\":{\"approved\":true}}".formatted(grant.uid()));
    }
    fields.put("user", grant.user());
    fields.put("key", grant.key());
    return new Done(true, grant.object() + " is approved " + grant.whom(), fields, List.of());
  }

  private static String fingerprint(String name, Identity identity) {
    try {
      return CertificateRequest.fingerprint(Base64.getDecoder().decode(identity.publicKey()));
    } catch (IllegalArgumentException _) {
      throw new FleetException(
          "device " + name + ": spec.identity.publicKey is not base64",
          "Delete the Device and enrol it again");
    }
  }

  /** The latest request of this device that keeps the rules and that nobody has decided. */
  private CertificateSigningRequest waiting(Device device, Identity identity) {
    String name = device.getMetadata().getName();
    var user = new DeviceUser(connection.namespace(), name);
    var known =
        new RequestRules.KnownDevice(
            device.getMetadata().getUid(),
            identity.publicKey(),
            false,
            device.getSpec().decommission() != null);
    var rules =
        new RequestRules(
            asked ->
                asked.equals(user) && !device.isMarkedForDeletion()
                    ? Optional.of(known)
                    : Optional.empty());
    var valid = new ArrayList<CertificateSigningRequest>();
    var refused = new LinkedHashMap<String, String>();
    var decided = new ArrayList<String>();
    connection.<CertificateSigningRequest>pages(
        "list certificatesigningrequests.certificates.k8s.io",
        options ->
            connection.client().certificates().v1().certificateSigningRequests().list(options),
        request -> {
          String found = request.getMetadata().getName();
          String prefix = user.requestPrefix();
          // The names of devices may hold hyphens: pump- is not pump-1-.
          if (!found.startsWith(prefix) || found.indexOf('-', prefix.length()) >= 0) {
            return;
          }
          if (isDecided(request)) {
            decided.add(found);
            return;
          }
          switch (rules.decide(asked(request))) {
            case Decision.Enrolment _ -> valid.add(request);
            case Decision.Denial(String message) -> refused.put(found, message);
            case Decision.Renewal _ ->
                refused.put(found, "It is a renewal, which the operator approves.");
            case Decision.NotOurs() -> refused.put(found, "It is not about a device.");
          }
        });
    return valid.stream()
        .max(
            Comparator.comparing(
                (CertificateSigningRequest it) -> text(it.getMetadata().getCreationTimestamp())))
        .orElseThrow(() -> none(name, refused, decided));
  }

  private static FleetException none(
      String name, LinkedHashMap<String, String> refused, List<String> decided) {
    if (!refused.isEmpty()) {
      var first = refused.firstEntry();
      return new FleetException(
          "the request %s in the name of the device %s breaks a rule, somebody else may have made it: %s"
              .formatted(first.getKey(), name, first.getValue()),
          "Deny it: kubectl certificate deny " + first.getKey());
    }
    return new FleetException(
        "the device "
            + name
            + " asks for no certificate"
            + (decided.isEmpty() ? "" : " any more: " + String.join(", ", decided) + " is decided"),
        "List all requests: kubectl get csr; the device asks again when sandbar enrol is run"
            + " again");
  }

  private static RequestRules.Asked asked(CertificateSigningRequest request) {
    var spec = request.getSpec();
    return new RequestRules.Asked(
        request.getMetadata().getName(),
        text(spec.getSignerName()),
        text(spec.getUsername()),
        Set.copyOf(Objects.requireNonNullElse(spec.getGroups(), List.of())),
        Objects.requireNonNullElse(spec.getUsages(), List.of()),
        spec.getExpirationSeconds(),
        text(spec.getRequest()));
  }

  private static boolean isDecided(CertificateSigningRequest request) {
    return Optional.ofNullable(request.getStatus()).stream()
        .flatMap(status -> status.getConditions().stream())
        .map(CertificateSigningRequestCondition::getType)
        .anyMatch(type -> type.equals("Approved") || type.equals("Denied"));
  }

  /** Approves the very object that was read: with its resourceVersion, another is refused. */
  private void approve(CertificateSigningRequest request) {
    request.setStatus(
        new CertificateSigningRequestStatusBuilder()
            .addToConditions(
                new CertificateSigningRequestConditionBuilder()
                    .withType("Approved")
                    .withStatus("True")
                    .withReason("SandbarApprove")
                    .withMessage("Approved with sandbar fleet approve.")
                    .build())
            .build());
    connection.explained(
        "approve the certificatesigningrequest " + request.getMetadata().getName(),
        () -> connection.client().resource(request).subresource("approval").update());
  }
}
