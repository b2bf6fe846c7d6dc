package dev.sandbar.cli.fleet;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads conditions. */
final class Standing {
  private static final Set<String> NEVER = Set.of("NotObserved", "AwaitingApproval");

  /** With these the operator has heard of the device and waits for it to do something. */
  private static final Set<String> UNDER_WAY =
      Set.of("Progressing", "ProgressingWithRetry", "WaitingForWindow", "WaitingForApp", "Held");

  private Standing() {}

  /** The condition of this type. */
  static Optional<StatusCondition> find(List<StatusCondition> conditions, String type) {
    return conditions.stream().filter(c -> type.equals(c.type())).findFirst();
  }

  /** Whether it runs, and some of what is declared is not held. */
  static boolean isDegraded(List<StatusCondition> conditions) {
    return find(conditions, "Ready").filter(c -> "Degraded".equals(c.reason())).isPresent();
  }

  /** What a device says of an app, with the directives that it does not hold. */
  static String sentence(DeviceBundleStatus.App report) {
    String sentence = sentence(report.conditions());
    return report.notEnforced().isEmpty()
        ? sentence
        : sentence + "; not enforced: " + String.join(", ", report.notEnforced());
  }

  /** True, False or Unknown. */
  static String status(List<StatusCondition> conditions, String type) {
    return find(conditions, type).map(c -> text(c.status())).orElse("Unknown");
  }

  /** Whether there is such a condition and it is True. */
  static boolean isTrue(List<StatusCondition> conditions, String type) {
    return find(conditions, type).filter(c -> "True".equals(c.status())).isPresent();
  }

  /**
   * Whether the device of these conditions is reachable. An Unknown of another reason than those of
   * work under way counts as silence: better too doubtful than too sure.
   */
  static FleetDevice.Reach reach(List<StatusCondition> conditions) {
    Optional<StatusCondition> ready = find(conditions, "Ready");
    if (ready.isEmpty() || NEVER.contains(text(ready.get().reason()))) {
      return FleetDevice.Reach.NEVER_HEARD;
    }
    return "Unknown".equals(ready.get().status()) && !UNDER_WAY.contains(text(ready.get().reason()))
        ? FleetDevice.Reach.UNREACHABLE
        : FleetDevice.Reach.REACHABLE;
  }

  /** Why it is not as it should be, or else what {@code Ready} says. */
  static String sentence(List<StatusCondition> conditions) {
    return telling(conditions).map(Standing::sentence).orElse("nothing is known yet");
  }

  /** The reason of that. */
  static String reason(List<StatusCondition> conditions) {
    return telling(conditions).map(c -> text(c.reason())).orElse("NotObserved");
  }

  private static Optional<StatusCondition> telling(List<StatusCondition> conditions) {
    return Stream.of("Stalled", "Ready", "Drifted", "Reconciling")
        .flatMap(type -> find(conditions, type).filter(c -> !good(type, c)).stream())
        .findFirst()
        .or(() -> find(conditions, "Ready"));
  }

  /** {@code Reason: message}. */
  static String sentence(StatusCondition condition) {
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

  private static boolean good(String type, StatusCondition condition) {
    return condition.status().equals(type.equals("Ready") ? "True" : "False");
  }
}
