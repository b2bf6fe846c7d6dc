package dev.sandbar.core.property;

import dev.sandbar.core.model.AppSpec.Mode;
import java.util.regex.Pattern;

/** What {@code directives:} of a spec may do with a directive. */
public sealed interface DirectiveOverride {

  /** Nothing: it is not one of those that a spec can name. */
  record None() implements DirectiveOverride {}

  /** Set it to one value. */
  record Setting(Accepted closed, Accepted open) implements DirectiveOverride {
    /** What it takes in the mode. */
    public Accepted in(Mode mode) {
      return mode == Mode.CLOSED ? closed : open;
    }
  }

  /**
   * Turn it on; in open mode off too.
   *
   * @param instead what to do where closed mode does not let it be turned off
   */
  record Switch(String instead) implements DirectiveOverride {}

  /** Close more than the permissions do, by a list or a name with rules of its own. */
  record Filter() implements DirectiveOverride {}

  /**
   * Nothing, although people reach for it.
   *
   * @param instead what does its work here
   */
  record Refused(String instead) implements DirectiveOverride {}

  /** For people: one sentence or two. */
  default String shown() {
    return switch (this) {
      case None() -> "Specs cannot set it.";
      case Setting(var closed, var open) ->
          "Write %s.".formatted(closed.shown())
              + (open.equals(closed) ? "" : " In Open mode: %s.".formatted(open.shown()));
      case Switch _ -> "Yes or no; on in Closed mode.";
      case Filter() -> "It may only restrict more than the permissions.";
      case Refused(var instead) -> "Not accepted: %s.".formatted(instead);
    };
  }

  /**
   * What a value may look like.
   *
   * @param pattern regular expression over the whole value
   * @param shown for people: "write ..."
   */
  record Accepted(String pattern, String shown) {
    /** Whether the value is one. */
    public boolean accepts(String text) {
      return Pattern.matches(pattern, text);
    }
  }
}
