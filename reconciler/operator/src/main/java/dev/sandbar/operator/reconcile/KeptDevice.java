package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Shared;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a Device: all that is decided on, in parts that devices share. Key and sealed
 * token of the device are not among it.
 *
 * @param version resourceVersion
 * @param generation null if the server did not say
 * @param requestedAt when somebody asked to look again; empty if nobody did
 * @param recipient of its secrets; empty if it reports none. It stands beside the facts, which many
 *     devices share
 * @param approved the recipient that is recorded for it, whatever that is; empty if none is
 */
record KeptDevice(
    Key key,
    String uid,
    String version,
    @Nullable Long generation,
    Map<String, String> labels,
    String requestedAt,
    @Nullable String created,
    @Nullable String deletion,
    DeviceSpec spec,
    DeviceStatus status,
    String recipient,
    String approved) {
  private static final String EPOCH = Instant.EPOCH.toString();

  /** Of a Device that says what cannot be used: whatever it was to say, its bundle stays. */
  private static final DeviceSpec UNUSABLE = new DeviceSpec(null, null, true, null, null, null);

  /** What devices share. */
  record Parts(
      FactsTable facts,
      Shared<Map<String, String>> labels,
      Shared<DeviceSpec> specs,
      Shared<DeviceStatus.Facts> reported,
      Shared<DeviceStatus.Apps> counts,
      Shared<StatusCondition> conditions) {
    Parts(FactsTable facts) {
      this(facts, new Shared<>(), new Shared<>(), new Shared<>(), new Shared<>(), new Shared<>());
    }
  }

  static KeptDevice of(Device full, Parts parts) {
    ObjectMeta meta = full.getMetadata();
    Optional<String> unusable = ReportLimits.check(full);
    DeviceSpec spec = unusable.isPresent() ? UNUSABLE : DeviceFields.spec(full);
    Map<String, String> labels = unusable.isPresent() ? Map.of() : ObjectFields.labels(full);
    return new KeptDevice(
        Key.of(full),
        meta.getUid(),
        meta.getResourceVersion(),
        meta.getGeneration(),
        parts.labels().one(Map.copyOf(labels)),
        DeclaredApp.cut(ObjectFields.annotation(full, DeclaredApp.REQUESTED_AT)),
        meta.getCreationTimestamp(),
        meta.getDeletionTimestamp(),
        parts
            .specs()
            .one(
                new DeviceSpec(
                    null,
                    null,
                    spec.suspend(),
                    spec.hold(),
                    spec.variables(),
                    spec.decommission())),
        of(DeviceFields.status(full), unusable, parts),
        DeviceFields.recipient(full),
        SafeText.cut(DeviceFields.approvedRecipient(full), StatusLimits.MAX_WORD));
  }

  private static DeviceStatus of(DeviceStatus full, Optional<String> unusable, Parts parts) {
    Optional<DeviceStatus.Facts> facts = Optional.ofNullable(full.facts());
    var reported = new ArrayList<>(full.misread());
    facts.flatMap(ReportLimits::check).ifPresent(reported::add);
    boolean usable = reported.stream().noneMatch(part -> part.startsWith(ReportLimits.FACTS));
    List<String> misread =
        Stream.concat(unusable.stream(), reported.stream().map(part -> "status." + part)).toList();
    return new DeviceStatus(
        facts
            .filter(_ -> usable)
            .map(it -> parts.reported().one(parts.facts().slim(it)))
            .orElse(null),
        full.observedGeneration(),
        of(full.conditions(), parts),
        Optional.ofNullable(full.apps()).map(parts.counts()::one).orElse(null),
        full.cannotEnforce().stream().limit(StatusLimits.MAX_REFUSALS).toList(),
        ReportLimits.time(full.lastSeen()),
        null,
        null,
        misread);
  }

  private static List<StatusCondition> of(List<StatusCondition> full, Parts parts) {
    return full.stream()
        .limit(StatusLimits.MAX_CONDITIONS)
        .map(condition -> parts.conditions().one(condition, KeptDevice::ofSharedWords))
        .toList();
  }

  /** Two devices are seldom in the same state since the same second, but say it in one wording. */
  private static StatusCondition ofSharedWords(StatusCondition full) {
    return new StatusCondition(
        SafeText.cut(full.type(), StatusLimits.MAX_WORD).intern(),
        SafeText.cut(full.status(), StatusLimits.MAX_WORD).intern(),
        SafeText.cut(full.reason(), StatusLimits.MAX_WORD).intern(),
        SafeText.cut(full.message(), StatusLimits.MAX_MESSAGE).intern(),
        Objects.requireNonNullElse(ReportLimits.time(full.lastTransitionTime()), EPOCH),
        full.observedGeneration());
  }

  /** An object again. */
  Device object() {
    var meta = new ObjectMeta();
    meta.setNamespace(key.namespace());
    meta.setName(key.name());
    meta.setUid(uid);
    meta.setResourceVersion(version);
    meta.setGeneration(generation);
    meta.setLabels(labels);
    meta.setCreationTimestamp(created);
    meta.setDeletionTimestamp(deletion);
    var annotations = new LinkedHashMap<String, String>();
    if (!requestedAt.isEmpty()) {
      annotations.put(DeclaredApp.REQUESTED_AT, requestedAt);
    }
    if (!approved.isEmpty()) {
      annotations.put(DeviceAnnotations.RECIPIENT, approved);
    }
    meta.setAnnotations(annotations);
    var device = new Device();
    device.setMetadata(meta);
    device.setSpec(spec);
    device.setStatus(recipient.isEmpty() ? status : status.to(recipient));
    return device;
  }

  /**
   * Whether another look is due: of a status only the facts count, and that the device was let in.
   * All else was made of a look.
   */
  boolean differsFrom(KeptDevice old) {
    return !Objects.equals(generation, old.generation)
        || !labels.equals(old.labels)
        || !requestedAt.equals(old.requestedAt)
        || !Objects.equals(deletion, old.deletion)
        || !uid.equals(old.uid)
        || !Objects.equals(status.facts(), old.status.facts())
        || isEnrolled() != old.isEnrolled()
        || !recipient.equals(old.recipient)
        || !approved.equals(old.approved)
        || !misread().equals(old.misread());
  }

  private boolean isEnrolled() {
    return status.conditions().stream()
        .anyMatch(it -> it.type().equals("Enrolled") && it.status().equals("True"));
  }

  List<String> misread() {
    return status.misread();
  }
}
