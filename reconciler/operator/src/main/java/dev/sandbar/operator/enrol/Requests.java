package dev.sandbar.operator.enrol;

import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.core.enrol.RequestRules;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
        text(spec.getSignerName()),
        text(spec.getUsername()),
        spec.getGroups() == null ? Set.of() : Set.copyOf(spec.getGroups()),
        Objects.requireNonNullElse(spec.getUsages(), List.of()),
        spec.getExpirationSeconds(),
        text(spec.getRequest()));
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** The condition of a type, such as {@code Approved}. */
  static Optional<CertificateSigningRequestCondition> condition(
      CertificateSigningRequest request, String type) {
    List<CertificateSigningRequestCondition> conditions =
        request.getStatus() == null ? List.of() : request.getStatus().getConditions();
    return conditions.stream().filter(it -> it.getType().equals(type)).findFirst();
  }

  /** Whether nobody has said anything of it. */
  static boolean isUndecided(CertificateSigningRequest request) {
    return request.getStatus() == null || request.getStatus().getConditions().isEmpty();
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
    return DeviceUser.of(text(request.getSpec().getUsername()));
  }

  /** Whether it was this very Device that asked, and no earlier one of its name. */
  static boolean isBy(CertificateSigningRequest request, Device device) {
    return request.getSpec().getGroups() != null
        && request
            .getSpec()
            .getGroups()
            .contains(DeviceUser.groupOf(device.getMetadata().getUid()));
  }

  /** What became of it; empty as long as that is open. */
  static Optional<DeviceStatus.Certificate> answer(CertificateSigningRequest request) {
    String chain = request.getStatus() == null ? null : request.getStatus().getCertificate();
    String denied =
        refusal(request)
            .map(it -> Objects.requireNonNullElse(it.getMessage(), it.getType()))
            .map(it -> SafeText.cut(it, StatusLimits.MAX_MESSAGE))
            .orElse(null);
    return chain == null && denied == null
        ? Optional.empty()
        : Optional.of(
            new DeviceStatus.Certificate(
                request.getMetadata().getName(),
                request.getMetadata().getCreationTimestamp(),
                chain,
                denied));
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
        Objects.requireNonNullElseGet(
            decided.getStatus(),
            io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestStatus::new);
    var conditions =
        new ArrayList<CertificateSigningRequestCondition>(
            Objects.requireNonNullElse(status.getConditions(), List.of()));
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
