package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;

/**
 * One entry of {@code raw:}: the one wall of the closed sandbox that it opens. The compiler checks
 * that the directive is one that can be opened, and how far.
 *
 * @param directive name of the directive, as in a unit file
 * @param values one for a scalar, several for a list; as written
 * @param reason why, for whoever approves it: one line of {@link SpecBounds#SHORTEST_REASON} to
 *     {@link SpecBounds#LONGEST_REASON} characters. It never reaches a unit file
 * @param at location of the entry in the spec
 */
public record OpenedWall(String directive, List<String> values, String reason, Location at) {

  /** The field of a spec, and what stands in a unit as the reason of such a line. */
  public static final String KEY = "raw";

  /** What to do about a reason that cannot be one. */
  public static final String HELP =
      "write one line of %d to %d characters for whoever approves it"
          .formatted(SpecBounds.SHORTEST_REASON, SpecBounds.LONGEST_REASON);

  public OpenedWall {
    values = List.copyOf(values);
  }

  /** Why the text cannot be a reason, as the end of a sentence; empty if it can. */
  public static Optional<String> problemInReason(String text) {
    Optional<String> problem = IgnoreRule.problemInReason(text);
    if (problem.isPresent()) {
      return problem;
    }
    String stripped = text.strip();
    int length = stripped.codePointCount(0, stripped.length());
    return length < SpecBounds.SHORTEST_REASON
        ? Optional.of("has %d characters".formatted(length))
        : Optional.empty();
  }
}
