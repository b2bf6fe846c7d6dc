package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.ObjectFields;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What of a device's report can be used. The schema holds the same bounds, but objects that were
 * stored before it, and servers without it, do not.
 */
final class ReportLimits {
  /** How the name of every part of the facts begins. */
  static final String FACTS = "facts";

  /** Characters of all volumes. */
  private static final int MAX_VOLUMES = 64 << 10;

  /** Characters of all owners; a usual device has two thousand. */
  private static final int MAX_OWNERS = 32 << 10;

  /** Characters of all labels; each has at most 380. */
  private static final int MAX_LABELS = 32 << 10;

  /** Characters of all variables; the schema allows a third of it. */
  private static final int MAX_VARIABLES = 32 << 10;

  private static final int MAX_HOLD = 1 << 10;

  /** Characters of a report from which on it is named as too large. */
  private static final long LARGE = 512 << 10;

  private ReportLimits() {}

  /**
   * What of a Device does not fit, beside its status; empty if all does. Whoever enrols makes the
   * object.
   */
  static Optional<String> check(Device device) {
    DeviceSpec spec = DeviceFields.spec(device);
    if (!spec.misread().isEmpty()) {
      return Optional.of("spec." + spec.misread().getFirst());
    }
    if (length(device.getMetadata().getLabels()) > MAX_LABELS) {
      return Optional.of("metadata.labels is too long");
    }
    if (length(spec.variables()) > MAX_VARIABLES) {
      return Optional.of("spec.variables is too long");
    }
    return Optional.ofNullable(spec.hold())
        .filter(it -> text(it.reason()).length() + text(it.until()).length() > MAX_HOLD)
        .map(_ -> "spec.hold is too long");
  }

  /** What of the facts does not fit; empty if all does. */
  static Optional<String> check(DeviceStatus.Facts facts) {
    if (facts.systemd() < 0 || facts.systemd() > ReportedFacts.MAX_SYSTEMD) {
      return Optional.of("facts.systemd '" + facts.systemd() + "'");
    }
    SortedMap<String, String> words =
        new TreeMap<>(
            Map.of(
                "kernel", text(facts.kernel()),
                "architecture", text(facts.architecture()),
                "agent", text(facts.agent()),
                "digest", text(facts.digest())));
    for (var word : words.entrySet()) {
      if (word.getValue().length() > ReportedFacts.MAX_WORD) {
        return Optional.of("facts." + word.getKey() + " is too long");
      }
    }
    if (text(facts.systemCalls()).length() > ReportedFacts.MAX_SYSTEM_CALLS) {
      return Optional.of("facts.systemCalls is too long");
    }
    if (facts.features().size() > ReportedFacts.MAX_FEATURES
        || facts.features().stream().anyMatch(f -> f.length() > ReportedFacts.MAX_WORD)) {
      return Optional.of("facts.features is too long");
    }
    if (facts.volumes().size() > ReportedFacts.MAX_VOLUMES
        || length(facts.volumes()) > MAX_VOLUMES) {
      return Optional.of("facts.volumes is too long");
    }
    if (ObjectFields.map(facts.owners()).size() > ReportedFacts.MAX_OWNERS
        || length(facts.owners()) > MAX_OWNERS) {
      return Optional.of("facts.owners is too long");
    }
    List<String> resolvers = ObjectFields.list(facts.resolvers());
    if (resolvers.size() > ReportedFacts.MAX_RESOLVERS
        || resolvers.stream().anyMatch(r -> length(r) > ReportedFacts.MAX_WORD)) {
      return Optional.of("facts.resolvers is too long");
    }
    return Optional.empty();
  }

  /** A time that the API server takes back; null if it is none. */
  static @Nullable String time(@Nullable String text) {
    try {
      Instant _ = Instant.parse(text(text));
      return text(text).intern();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Whether a status, as it was sent, is larger than any device has use for. */
  static boolean isLarge(@Nullable Object status) {
    return isLarge(length(status));
  }

  /** Whether so many characters are more than any device has use for. */
  static boolean isLarge(long characters) {
    return characters > LARGE;
  }

  private static long length(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case String text -> text.length();
      case Collection<?> items -> items.stream().mapToLong(ReportLimits::length).sum();
      case Map<?, ?> fields ->
          fields.entrySet().stream()
              .mapToLong(field -> length(field.getKey()) + length(field.getValue()))
              .sum();
      default -> 8;
    };
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
