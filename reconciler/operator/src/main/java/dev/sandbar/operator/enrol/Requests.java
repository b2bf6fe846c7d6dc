package dev.sandbar.operator.enrol;

import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.enrol.RequestRules;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads CertificateSigningRequests and writes what was decided of them. */
final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

  private final KubernetesClient client;
  private final Writes writes;
  private final MeterRegistry registry;

  Requests(KubernetesClient client, Writes writes, MeterRegistry registry) {
    this.client = client;
    this.writes = writes;
    this.registry = registry;
  }

  /** What is asked for, as the rules take it. */
  static RequestRules.Asked asked(CertificateSigningRequest object) {
    var spec = object.getSpec();
    return new RequestRules.Asked(
        object.getMetadata().getName(),
        ObjectFields.text(spec.getSignerName()),
        ObjectFields.text(spec.getUsername()),
        Set.copyOf(ObjectFields.list(spec.getGroups())),
        ObjectFields.list(spec.getUsages()),
        spec.getExpirationSeconds(),
        ObjectFields.text(spec.getRequest()));
  }

  /** The condition of a type, such as {@code Approved}. */
  static Optional<CertificateSigningRequestCondition> condition(
      CertificateSigningRequest request, String type) {
    return conditions(request).stream().filter(it -> it.getType().equals(type)).findFirst();
  }

  private static List<CertificateSigningRequestCondition> conditions(
      CertificateSigningRequest request) {
    return Optional.ofNullable(request.getStatus())
        .map(CertificateSigningRequestStatus::getConditions)
        .orElse(List.of());
  }

  /** Field manager of the approval; the operator's own where nobody else has approved it. */
  static String approver(CertificateSigningRequest request) {
    return ObjectFields.list(request.getMetadata().getManagedFields()).stream()
        .filter(it -> ObjectFields.text(it.getSubresource()).equals("approval"))
        .map(it -> ObjectFields.text(it.getManager()))
        .findFirst()
        .orElse("sandbar-operator");
  }

  /** Whether nobody has said anything of it. */
  static boolean isUndecided(CertificateSigningRequest request) {
    return conditions(request).isEmpty();
  }

  /** Whether there will be no certificate. */
  static boolean isRefused(CertificateSigningRequest request) {
    return refusal(request).isPresent();
  }

  private static Optional<CertificateSigningRequestCondition> refusal(
      CertificateSigningRequest request) {
    return condition(request, "Denied").or(() -> condition(request, "Failed"));
  }

  /** The device that asks; empty if somebody else does. */
  static Optional<DeviceUser> device(CertificateSigningRequest request) {
    return DeviceUser.of(ObjectFields.text(request.getSpec().getUsername()));
  }

  /** Whether it was this very Device that asked, and no earlier one of its name. */
  static boolean isBy(CertificateSigningRequest request, Device device) {
    return ObjectFields.list(request.getSpec().getGroups())
        .contains(DeviceUser.groupOf(device.getMetadata().getUid()));
  }

  /** What became of it; empty as long as that is open. */
  static Optional<DeviceStatus.Certificate> answer(CertificateSigningRequest request) {
    Optional<String> chain =
        Optional.ofNullable(request.getStatus())
            .map(CertificateSigningRequestStatus::getCertificate);
    Optional<String> denied =
        refusal(request)
            .map(it -> Objects.requireNonNullElse(it.getMessage(), it.getType()))
            .map(it -> SafeText.cut(it, StatusLimits.MAX_MESSAGE));
    return chain.isEmpty() && denied.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new DeviceStatus.Certificate(
                request.getMetadata().getName(),
                request.getMetadata().getCreationTimestamp(),
                chain.orElse(null),
                denied.orElse(null)));
  }

  /**
   * Writes a decision on exactly the object that was decided on: not on another one that has got
   * its name since, nor on a later state. If it has changed, the change is about to be seen.
   */
  void decide(CertificateSigningRequest seen, String type, String reason, String message) {
    String name = seen.getMetadata().getName();
    LOG.info("csr={} action={} reason={} message={}", name, type, reason, message);
    var decided = client.getKubernetesSerialization().clone(seen);
    var status =
        Objects.requireNonNullElseGet(decided.getStatus(), CertificateSigningRequestStatus::new);
    var conditions = new ArrayList<>(conditions(decided));
    conditions.add(
        new CertificateSigningRequestConditionBuilder()
            .withType(type)
            .withStatus("True")
            .withReason(reason)
            .withMessage(message)
            .build());
    status.setConditions(conditions);
    decided.setStatus(status);
    try {
      writes.update(decided, "approval");
      registry
          .counter("sandbar_enrol_decisions", "decision", type.toLowerCase(Locale.ROOT))
          .increment();
    } catch (KubernetesClientException e) {
      if (!ApiFailure.of(e).isOutdated()) {
        throw e;
      }
    }
  }
}
