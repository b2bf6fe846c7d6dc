package dev.sandbar.core.property;

import dev.sandbar.core.model.AppSpec.Mode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code directives:} of a spec may do with a directive. */
public sealed interface DirectiveOverride {

  /** Set it to one value. */
  record Setting(Accepted closed, Accepted open) implements DirectiveOverride {
    /** What it takes in the mode. */
    public Accepted in(Mode mode) {
      return mode == Mode.CLOSED ? closed : open;
    }
  }

  /**
   * Set it to one value in open mode, where an app has what a unit of its own has.
   *
   * @param instead what does its work in closed mode
   */
  record OpenOnly(Accepted open, String instead) implements DirectiveOverride {}

  /**
   * Turn it on; in open mode off too.
   *
   * @param instead what to do where closed mode does not let it be turned off
   */
  record Switch(String instead) implements DirectiveOverride {}

  /**
   * Take a stronger one of its words than the sandbox has; never a weaker one than the mode and the
   * permissions that are withheld come to.
   *
   * @param words from the weakest to the strongest
   * @param instead what to do where a weaker one is wanted
   */
  record Ladder(List<Rung> words, String instead) implements DirectiveOverride {
    public Ladder {
      words = List.copyOf(words);
    }

    /** The one with this name. */
    public Optional<Rung> find(String word) {
      return words.stream().filter(rung -> rung.word().equals(word)).findFirst();
    }
  }

  /**
   * A word of a {@link Ladder}.
   *
   * @param since first version of systemd that knows it; an older one takes it for {@code no}. 0 if
   *     all supported ones do
   */
  record Rung(String word, int since) {}

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
      case Setting(var closed, var open) ->
          "Write %s.".formatted(closed.shown())
              + (open.equals(closed) ? "" : " In Open mode: %s.".formatted(open.shown()));
      case OpenOnly(var open, var instead) ->
          "In Open mode: %s. In Closed mode: %s.".formatted(open.shown(), instead);
      case Switch _ -> "Yes or no; on in Closed mode.";
      case Ladder(var words, _) ->
          "One of %s; it may only be stronger than what the sandbox has."
              .formatted(
                  words.stream()
                      .map(it -> it.word() + (it.since() == 0 ? "" : " (%d)".formatted(it.since())))
                      .collect(Collectors.joining(", ")));
      case Filter() -> "It may only restrict more than the permissions.";
      case Refused(var instead) -> "Not accepted: %s.".formatted(instead);
    };
  }

  /**
   * What a value may look like.
   *
   * @param pattern regular expression over the whole value
   * @param shown for people: "write ..."
   * @param example that it accepts
   */
  record Accepted(String pattern, String shown, String example) {
    /** Whether the value is one. */
    public boolean accepts(String text) {
      return Pattern.matches(pattern, text);
    }
  }
}
