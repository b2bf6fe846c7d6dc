package dev.sandbar.core.model;

import java.util.Optional;

/**
 * One entry of {@code drift.ignore}: drift of this property is neither reported as drift nor
 * corrected. The compiler checks that the property may be ignored.
 *
 * @param property name of a directive, as in a unit file
 * @param reason why, for whoever asks later: one line, at most {@link SpecBounds#LONGEST_REASON}
 *     characters
 * @param at location of the entry in the spec
 */
public record IgnoreRule(String property, String reason, Location at) {

  /** What to do about a reason that cannot be one. */
  public static final String HELP =
      "write one line of at most %d characters that says why".formatted(SpecBounds.LONGEST_REASON);

  /** Why the text cannot be a reason, as the end of a sentence; empty if it can. */
  public static Optional<String> problemInReason(String text) {
    if (text.isBlank()) {
      return Optional.of("is empty");
    }
    if (text.length() > SpecBounds.LONGEST_REASON) {
      return Optional.of("has %d characters".formatted(text.length()));
    }
    if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
      return Optional.of("is more than one line");
    }
    return text.codePoints().allMatch(SafeText::isVisible)
        ? Optional.empty()
        : Optional.of("holds a character that does not show");
  }
}
