package dev.sandbar.cli.fleet;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.crds.v1alpha1.Condition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads conditions. */
final class Standing {
  /** Reasons of {@code Ready} that say that the device was not heard of, whatever the status. */
  private static final Set<String> UNHEARD =
      Set.of("Unreachable", "DeviceUnreachable", "NotObserved");

  private Standing() {}

  /** The condition of this type. */
  static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(c -> type.equals(c.type())).findFirst();
  }

  /** True, False or Unknown. */
  static String status(List<Condition> conditions, String type) {
    return find(conditions, type).map(c -> text(c.status())).orElse("Unknown");
  }

  /** Whether there is such a condition and it is True. */
  static boolean isTrue(List<Condition> conditions, String type) {
    return find(conditions, type).filter(c -> "True".equals(c.status())).isPresent();
  }

  /** Whether the reporter of these conditions has not been heard of. */
  static boolean unheard(List<Condition> conditions) {
    return find(conditions, "Ready")
        .filter(c -> "Unknown".equals(c.status()) || UNHEARD.contains(text(c.reason())))
        .isPresent();
  }

  /** Why it is not as it should be, or else what {@code Ready} says. */
  static String sentence(List<Condition> conditions) {
    for (String type : List.of("Stalled", "Ready", "Drifted", "Reconciling")) {
      Optional<Condition> found = find(conditions, type);
      boolean good = found.filter(c -> good(type, c)).isPresent();
      if (found.isPresent() && !good) {
        return sentence(found.get());
      }
    }
    return find(conditions, "Ready").map(Standing::sentence).orElse("nothing is known yet");
  }

  /** {@code Reason: message}. */
  static String sentence(Condition condition) {
    String message = text(condition.message());
    return text(condition.reason()) + (message.isEmpty() ? "" : ": " + message);
  }

  /** How the status of a condition looks where True is good. */
  static Style whereTrueIsGood(String status) {
    return switch (status) {
      case "True" -> Style.GOOD;
      case "False" -> Style.BAD;
      default -> Style.WARN;
    };
  }

  /** Null, which JSON may hold anywhere, as the empty text. */
  static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static boolean good(String type, Condition condition) {
    return condition.status().equals(type.equals("Ready") ? "True" : "False");
  }
}
