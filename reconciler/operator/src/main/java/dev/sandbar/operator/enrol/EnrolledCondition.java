package dev.sandbar.operator.enrol;

import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.ConditionSet;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.StatusText;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the condition {@code Enrolled}, and the sealed token, into the status of a Device. */
final class EnrolledCondition {
  private final Writes writes;
  private final Clock clock;

  EnrolledCondition(Writes writes, Clock clock) {
    this.writes = writes;
    this.clock = clock;
  }

  /**
   * Writes, if it says something new.
   *
   * @param device as it was just read: the write holds only if it is still so
   * @throws KubernetesClientException with code 409 if somebody wrote in between
   */
  void write(Device device, Reason reason, String message) {
    List<StatusCondition> conditions = conditions(device, reason, message);
    if (!conditions.equals(DeviceFields.status(device).conditions())) {
      patch(device, Map.of("conditions", conditions));
    }
  }

  /**
   * Writes, in any case, together with a sealed token.
   *
   * @param device as it was just read: the write holds only if it is still so
   * @throws KubernetesClientException with code 409 if somebody wrote in between
   */
  void write(Device device, Reason reason, String message, DeviceStatus.Credential credential) {
    patch(
        device,
        Map.of("conditions", conditions(device, reason, message), "credential", credential));
  }

  private List<StatusCondition> conditions(Device device, Reason reason, String message) {
    List<StatusCondition> known = DeviceFields.status(device).conditions();
    var next = new ConditionSet(StatusText.conditions(known), clock.instant());
    next.set(Type.ENROLLED, Status.TRUE, reason, message);
    return StatusText.merged(
        known,
        Set.of(Type.ENROLLED),
        next.conditions().values(),
        device.getMetadata().getGeneration());
  }

  /**
   * Whether it was written of an earlier spec, or by an operator that gave other rights.
   *
   * @param message what it says now
   */
  static boolean isOutdated(Device device, String message) {
    return DeviceFields.status(device).conditions().stream()
        .anyMatch(
            it ->
                it.type().equals(Type.ENROLLED.text())
                    && it.status().equals(Status.TRUE.text())
                    && !(it.message().equals(message)
                        && Objects.equals(
                            it.observedGeneration(), device.getMetadata().getGeneration())));
  }

  /**
   * Shows a device what became of its request: it cannot read requests, since whoever may read one
   * may read all. An answer to an earlier request never takes the place of one to a later.
   *
   * @param device as it was just read: the write holds only if it is still so
   */
  void answer(Device device, DeviceStatus.Certificate answer) {
    // Times are of the server, in seconds, and of one form, unless the device wrote this itself.
    boolean stays =
        Optional.ofNullable(DeviceFields.status(device).certificate())
            .filter(
                known ->
                    known.equals(answer)
                        || ObjectFields.text(known.requestedAt())
                                .compareTo(ObjectFields.text(answer.requestedAt()))
                            > 0)
            .isPresent();
    if (!stays) {
      // Null takes away what a merge would leave.
      var fields = new LinkedHashMap<String, @Nullable Object>();
      fields.put("request", answer.request());
      fields.put("requestedAt", answer.requestedAt());
      fields.put("chain", answer.chain());
      fields.put("denied", answer.denied());
      patch(device, Map.of("certificate", fields));
    }
  }

  private void patch(Device device, Map<String, Object> fields) {
    ObjectMeta meta = device.getMetadata();
    var _ =
        writes.mergeStatus(
            new Writes.Target(Writes.Kind.DEVICE, meta.getNamespace(), meta.getName()),
            meta.getResourceVersion(),
            fields);
  }
}
