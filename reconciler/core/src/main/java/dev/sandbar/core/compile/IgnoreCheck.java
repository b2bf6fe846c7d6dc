package dev.sandbar.core.compile;

import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.List;
import java.util.Optional;

/** Which properties the rules of {@code drift.ignore} may name. */
public final class IgnoreCheck {

  private static final List<String> IGNORABLE =
      DirectiveTable.all().values().stream()
          .filter(DirectiveInfo::ignorable)
          .map(DirectiveInfo::name)
          .toList();

  private IgnoreCheck() {}

  /** Names of the properties that rules may name, sorted. */
  public static List<String> ignorable() {
    return IGNORABLE;
  }

  /**
   * A name that no rule may have.
   *
   * @param what is wrong with it, as a whole sentence without a period
   * @param help what to write instead
   */
  public record Denied(Problem problem, String what, String help) {}

  /** Why no rule may name the property; empty if one may. */
  public static Optional<Denied> of(String property) {
    Optional<DirectiveInfo> directive = DirectiveTable.find(property);
    if (directive.isEmpty()) {
      return Optional.of(
          new Denied(
              Problem.UNKNOWN_DIRECTIVE,
              "unknown property " + SafeText.shown(property),
              nearest(property)));
    }
    return directive.get().ignorable()
        ? Optional.empty()
        : Optional.of(
            new Denied(
                Problem.LOOSENS_SANDBOX,
                "drift of %s is never ignored: it is part of the sandbox or of what the app runs"
                    .formatted(property),
                "remove the entry; only resource limits, scheduling and restarts can be ignored,"
                    + " for example CPUWeight"));
  }

  /** A name of D-Bus is often close to none of the directives. */
  private static String nearest(String property) {
    return DirectiveTable.all().values().stream()
        .filter(directive -> directive.properties().contains(property))
        .map(DirectiveInfo::name)
        .findFirst()
        .or(() -> Nearest.to(property, IGNORABLE))
        .map(near -> "did you mean " + near + "?")
        .orElse("write the name of a resource limit, for example CPUWeight, MemoryMax or TasksMax");
  }

  /** Whether there is a directive of that name. */
  public static boolean isKnown(String property) {
    return DirectiveTable.find(property).isPresent();
  }

  static void check(List<IgnoreRule> rules, Complaints complaints) {
    for (IgnoreRule rule : rules) {
      of(rule.property())
          .ifPresent(
              denied ->
                  complaints.error(
                      denied.problem(),
                      rule.at(),
                      "drift.ignore: " + denied.what(),
                      denied.help()));
    }
  }
}
