package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.Rung;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Entries of {@code directives:} that close something in steps, such as ProtectSystem. Of the word
 * of the spec and the word of the sandbox the stronger one is written; a weaker one is refused,
 * since it would open what the mode or a withheld permission closes.
 */
final class WordOverrides {

  private final Complaints complaints;
  private final TreeMap<String, Word> words = new TreeMap<>();

  WordOverrides(Complaints complaints) {
    this.complaints = complaints;
  }

  /** One of the words of a directive, and where the spec says it. */
  record Word(Ladder ladder, Rung rung, Location at) {}

  void read(RawDirective directive, Ladder ladder) {
    DirectiveOverridesReader.single(directive, complaints)
        .ifPresent(
            text ->
                ladder
                    .find(plain(text))
                    .ifPresentOrElse(
                        rung -> words.put(directive.name(), new Word(ladder, rung, directive.at())),
                        () -> unknown(directive, ladder, text)));
  }

  SortedMap<String, Word> read() {
    return Collections.unmodifiableSortedMap(words);
  }

  /** Writes what is stronger than the lines that stand already. */
  static void write(
      Draft draft, SortedMap<String, Word> words, int systemdVersion, Complaints complaints) {
    words.forEach(
        (name, word) -> {
          Ladder ladder = word.ladder();
          Rung weakest = ladder.words().getFirst();
          Rung own = draft.lastOf(name).flatMap(ladder::find).orElse(weakest);
          if (word.rung().since() > systemdVersion) {
            complaints.error(
                Problem.CANNOT_ENFORCE,
                word.at(),
                "directives.%s: systemd %d of this device takes %s for no"
                    .formatted(name, systemdVersion, word.rung().word()),
                "use systemd %d or newer, or write %s"
                    .formatted(word.rung().since(), strongest(ladder, systemdVersion)));
          } else if (step(ladder, word.rung()) < step(ladder, own)) {
            complaints.error(
                Problem.LOOSENS_SANDBOX,
                word.at(),
                "directives.%s=%s would be weaker than %s, which the sandbox has"
                    .formatted(name, word.rung().word(), own.word()),
                "remove the line, or " + ladder.instead());
          } else if (ladder.words().indexOf(word.rung()) > ladder.words().indexOf(own)) {
            draft.replace(name, EscapedText.words(word.rung().word()), DirectiveOverrides.BECAUSE);
          }
        });
  }

  /**
   * The words that a spec may give to the directive.
   *
   * @param standing the word of the unit; empty if it says none
   */
  static SortedSet<String> accepted(Ladder ladder, String standing) {
    Rung own = ladder.find(standing).orElse(ladder.words().getFirst());
    return ladder.words().stream()
        .filter(rung -> step(ladder, rung) >= step(ladder, own))
        .map(Rung::word)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** A word that only some versions have is no step of its own: the one below it says the same. */
  private static long step(Ladder ladder, Rung rung) {
    return ladder.words().stream()
            .takeWhile(it -> !it.equals(rung))
            .filter(it -> it.since() == 0)
            .count()
        - (rung.since() == 0 ? 0 : 1);
  }

  private static String strongest(Ladder ladder, int systemdVersion) {
    return ladder.words().stream()
        .filter(it -> it.since() <= systemdVersion)
        .toList()
        .getLast()
        .word();
  }

  private static String plain(String text) {
    return DirectiveOverridesReader.bool(text).map(it -> it ? "yes" : "no").orElse(text);
  }

  private void unknown(RawDirective directive, Ladder ladder, String text) {
    complaints.error(
        Problem.INVALID_VALUE,
        directive.at(),
        "%s: %s is none of its words"
            .formatted(DirectiveOverridesReader.pathOf(directive), SafeText.shown(text)),
        "write one of "
            + ladder.words().stream().map(Rung::word).collect(Collectors.joining(", ")));
  }
}
