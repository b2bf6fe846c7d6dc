package dev.sandbar.operator.gitsource;

import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.JsonText;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.report.StatusText;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One AppSandbox of the API server, as far as it is compared.
 *
 * @param version its resourceVersion
 * @param spec canonical JSON without {@code suspend} and {@code hold}, or the digest of it if there
 *     is no room for all
 * @param suspend whether its devices leave it as it is
 * @param hold canonical JSON with {@code hold} alone
 * @param contents names of AppContents that the spec names
 * @param failing why it fails on every device; nothing if it runs on one
 * @param changedBy the manager, other than this one, that wrote it last; empty if there is none
 */
record Live(
    String name,
    String uid,
    String version,
    long generation,
    boolean deleting,
    SortedMap<String, String> labels,
    SortedMap<String, String> annotations,
    String spec,
    boolean suspend,
    String hold,
    Set<String> contents,
    String changedBy,
    Failing failing) {

  /**
   * Why no device that the app selects runs it. Drift is no such reason: the app runs, and whoever
   * finds the drift says it and puts it right.
   *
   * @param reason one word; empty if this is not so
   * @param stalled whether it ends the attempts
   */
  record Failing(String reason, boolean stalled) {
    static final Failing NONE = new Failing("", false);

    static Failing of(GenericKubernetesResource object) {
      AppSandboxStatus status = StatusText.appStatus(object);
      List<Condition> conditions = StatusText.conditions(status.conditions());
      AppSandboxStatus.Devices devices = status.devices();
      if (devices == null
          || devices.desired() == 0
          || devices.ready() > 0
          || !Objects.equals(status.observedGeneration(), ObjectFields.generation(object))) {
        return NONE;
      }
      boolean stalled =
          conditions.stream().anyMatch(c -> c.type() == Condition.Type.STALLED && c.holds());
      return conditions.stream()
          .filter(c -> c.type() == Condition.Type.READY && c.status() == Condition.Status.FALSE)
          .filter(c -> !c.is(Reason.DRIFT_DETECTED))
          .findFirst()
          .map(c -> new Failing(SafeText.cut(c.reason(), StatusLimits.MAX_WORD), stalled))
          .orElse(NONE);
    }
  }

  /** kubectl keeps a copy of the whole object there. */
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  /**
   * Reads an object.
   *
   * @param before what is known of it; its spec is taken over if the object says that it is the
   *     same
   */
  static Live of(GenericKubernetesResource object, @Nullable Live before) {
    ObjectMeta meta = object.getMetadata();
    long generation = ObjectFields.generation(object);
    var annotations = new TreeMap<>(ObjectFields.annotations(object));
    annotations.remove(LAST_APPLIED);
    return new Live(
        meta.getName(),
        meta.getUid(),
        meta.getResourceVersion(),
        generation,
        object.isMarkedForDeletion(),
        Collections.unmodifiableSortedMap(new TreeMap<>(ObjectFields.labels(object))),
        Collections.unmodifiableSortedMap(annotations),
        Optional.ofNullable(before)
            .filter(it -> it.uid.equals(meta.getUid()) && it.generation == generation)
            .map(Live::spec)
            .orElseGet(() -> spec(object)),
        CanonicalSpec.suspends(object),
        JsonText.of(CanonicalSpec.hold(object)),
        AppContentFiles.in(object),
        changedBy(meta),
        Failing.of(object));
  }

  /** Characters of labels, or of annotations, that are held where there is little room. */
  private static final int MOST_TEXTS = 1 << 10;

  private static final String DIGEST = "\"sha256:";

  /** The same without its spec, of which it is still known whether it is another. */
  Live withoutSpec() {
    return new Live(
        name,
        uid,
        version,
        generation,
        deleting,
        own(labels),
        own(annotations),
        spec.startsWith(DIGEST) ? spec : digest(spec),
        suspend,
        hold,
        contents,
        changedBy,
        failing);
  }

  /** How many characters are held. */
  int length() {
    return spec.length() + length(labels) + length(annotations);
  }

  private static int length(SortedMap<String, String> texts) {
    return texts.entrySet().stream()
        .mapToInt(it -> it.getKey().length() + it.getValue().length())
        .sum();
  }

  /** Those that say what is whose; of the others whoever wrote them may have any number. */
  private static SortedMap<String, String> own(SortedMap<String, String> texts) {
    if (length(texts) <= MOST_TEXTS) {
      return texts;
    }
    var own = new TreeMap<String, String>();
    texts.forEach(
        (key, value) -> {
          if (key.startsWith(ObjectNames.PREFIX) && value.length() <= MOST_TEXTS) {
            own.put(key, value);
          }
        });
    return Collections.unmodifiableSortedMap(own);
  }

  /** Whether this is its spec. */
  boolean has(String canonical) {
    return spec.equals(canonical) || (spec.startsWith(DIGEST) && spec.equals(digest(canonical)));
  }

  private static String digest(String canonical) {
    return DIGEST + Sha256.of(canonical).hex() + '"';
  }

  /** The GitSource that owns it; empty if none does. */
  String owner() {
    return labels.getOrDefault(ObjectNames.SOURCE, "");
  }

  String annotation(String key) {
    return annotations.getOrDefault(key, "");
  }

  /** True unless both versions are numbers and this one is smaller. */
  boolean isNotBefore(Live other) {
    try {
      return Long.parseLong(version) >= Long.parseLong(other.version);
    } catch (NumberFormatException e) {
      return true;
    }
  }

  private static String spec(GenericKubernetesResource object) {
    return object instanceof BoundedApp bounded && bounded.oversize()
        ? digest("")
        : JsonText.of(CanonicalSpec.spec(object.getAdditionalProperties().get("spec")));
  }

  private static String changedBy(ObjectMeta meta) {
    return ObjectFields.list(meta.getManagedFields()).stream()
        .filter(it -> !ObjectFields.text(it.getManager()).isEmpty())
        .filter(it -> !ObjectFields.text(it.getTime()).isEmpty())
        .filter(it -> ObjectFields.text(it.getSubresource()).isEmpty())
        .filter(it -> !it.getManager().equals(ObjectNames.FIELD_MANAGER))
        .max(Comparator.comparing(ManagedFieldsEntry::getTime))
        .map(ManagedFieldsEntry::getManager)
        .orElse("");
  }
}
