package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.Decision;
import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.enrol.RequestRules;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec.Identity;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatusBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The owner's consent that a device is who it says: by the rules that the operator decides by. */
final class Approval {
  private final FleetConnection connection;

  Approval(FleetConnection connection) {
    this.connection = connection;
  }

  /**
   * Finds what an owner is asked to consent to; changes nothing.
   *
   * @throws FleetException if nothing waits that keeps the rules, or it is not what the owner said
   */
  Approvable find(String name, OwnersWord word) {
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
    if (!found.startsWith(word.key())) {
      throw new FleetException(
          "the device %s enrolled with the key %s, not with %s".formatted(name, found, word.key()),
          "Compare it with the key= that sandbar enrol printed on the device; if they differ,"
              + " somebody else enrolled in its name: kubectl delete device "
              + name
              + " -n "
              + connection.namespace());
    }
    Approvable.Labels labels = labels(device, word);
    Approvable.Recipient recipient = recipient(device, word);
    boolean more = labels.requested() || !labels.added().isEmpty() || !recipient.wanted().isEmpty();
    String uid = device.getMetadata().getUid();
    Approvable.Admission admission =
        switch (identity.type()) {
          case ServiceAccount ->
              new Approvable.Admission(
                  !more || !Boolean.TRUE.equals(device.getSpec().approved()),
                  "system:serviceaccount:" + connection.namespace() + ":sandbar-device-" + name,
                  "",
                  found,
                  null);
          case ClientCertificate -> {
            CertificateSigningRequest request = waiting(device, identity, more);
            yield new Approvable.Admission(
                request != null,
                new DeviceUser(connection.namespace(), name).user(),
                DeviceUser.ALL_DEVICES + ", " + DeviceUser.groupOf(uid),
                found,
                request);
          }
        };
    return new Approvable(name, uid, admission, labels, recipient);
  }

  private static Approvable.Labels labels(Device device, OwnersWord word) {
    String name = device.getMetadata().getName();
    Map<String, String> now =
        Objects.requireNonNullElse(device.getMetadata().getLabels(), Map.<String, String>of());
    Optional<String> requested = annotation(device, DeviceAnnotations.REQUESTED_LABELS);
    Map<String, String> wanted =
        word.labelled() ? word.labels() : requested(name, requested.orElse(""));
    var added = new TreeMap<>(wanted);
    added.entrySet().removeAll(now.entrySet());
    return new Approvable.Labels(now, added, requested.isPresent());
  }

  private static Map<String, String> requested(String device, String text) {
    return DeviceLabels.read(text)
        .orElseThrow(
            () ->
                new FleetException(
                    "the device " + device + " requests labels that are none",
                    "Give those that it may have: --labels site=berlin, or --labels '' for none"));
  }

  private static Approvable.Recipient recipient(Device device, OwnersWord word) {
    String before = annotation(device, DeviceAnnotations.RECIPIENT).orElse("");
    String reported =
        Optional.ofNullable(device.getStatus())
            .flatMap(status -> Optional.ofNullable(status.facts()))
            .map(facts -> text(facts.recipient()))
            .filter(it -> it.matches(AppSecret.RECIPIENTS))
            .orElse("");
    String name = device.getMetadata().getName();
    if (!word.recipient().isEmpty() && !reported.isEmpty() && !reported.equals(word.recipient())) {
      throw new FleetException(
          "the device %s reports the recipient %s, not %s"
              .formatted(name, reported, word.recipient()),
          "Compare it with what 'sandbar secret recipient' prints on the device; if they differ,"
              + " somebody else reports in its name: kubectl delete device "
              + name);
    }
    String wanted =
        word.recipient().isEmpty() ? (before.isEmpty() ? "" : reported) : word.recipient();
    return new Approvable.Recipient(before, wanted.equals(before) ? "" : wanted);
  }

  private static Optional<String> annotation(Device device, String key) {
    return Optional.ofNullable(device.getMetadata().getAnnotations())
        .flatMap(all -> Optional.ofNullable(all.get(key)));
  }

  /** Gives what was found, or nothing if it is another Device by now. */
  Done give(Approvable grant) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("action", "approve");
    fields.put("object", grant.object());
    Approvable.Admission admission = grant.admission();
    CertificateSigningRequest request = admission.request();
    boolean bySpec = admission.due() && request == null;
    // First, so that the device finds its labels when it is in.
    if (bySpec || grant.hasMore()) {
      connection.patch(Device.class, grant.device(), patch(grant, bySpec));
    }
    if (request != null) {
      approve(request);
      fields.put("request", request.getMetadata().getName());
      fields.put("groups", admission.groups());
    }
    fields.put("user", admission.user());
    fields.put("key", admission.key());
    fields.put("labels", grant.labels().all());
    if (!grant.recipient().wanted().isEmpty()) {
      fields.put("recipient", grant.recipient().wanted());
    }
    return new Done(true, grant.object() + said(grant), fields, List.of());
  }

  private static String said(Approvable grant) {
    var said = new ArrayList<String>();
    if (grant.admission().due()) {
      said.add(" is approved " + grant.whom());
    }
    if (grant.labels().requested() || !grant.labels().added().isEmpty()) {
      String all = grant.labels().all();
      said.add(all.isEmpty() ? " has no labels" : " has the labels " + all);
    }
    if (!grant.recipient().wanted().isEmpty()) {
      said.add(" has its secrets sealed to " + grant.recipient().wanted());
    }
    return String.join(";", said);
  }

  /** A merge patch with the UID: not of another Device that has got the name since. */
  private static String patch(Approvable grant, boolean approved) {
    var metadata = new LinkedHashMap<String, @Nullable Object>();
    metadata.put("uid", grant.uid());
    metadata.put("labels", grant.labels().added());
    var annotations = new LinkedHashMap<String, @Nullable String>();
    annotations.put(DeviceAnnotations.REQUESTED_LABELS, null);
    if (!grant.recipient().wanted().isEmpty()) {
      annotations.put(DeviceAnnotations.RECIPIENT, grant.recipient().wanted());
    }
    metadata.put("annotations", annotations);
    return Serialization.asJson(
        approved
            ? Map.of("metadata", metadata, "spec", Map.of("approved", true))
            : Map.of("metadata", metadata));
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

  /**
   * The latest request of this device that keeps the rules and that nobody has decided.
   *
   * @param optional whether there need be none; then null is returned if there is none at all
   */
  private @Nullable CertificateSigningRequest waiting(
      Device device, Identity identity, boolean optional) {
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
    if (valid.isEmpty() && optional && refused.isEmpty()) {
      return null;
    }
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
