package dev.sandbar.operator.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An object as it was seen last, in one short line: there are ten thousand of them.
 *
 * @param object kind and name
 * @param outcomes what has become of this generation so far
 */
record SeenObject(
    String object,
    long generation,
    String identity,
    String labels,
    List<String> states,
    List<String> outcomes) {
  private static final int FIELDS = 6;
  private static final int MAX_OUTCOMES = 8;
  private static final String NONE = "-";

  SeenObject {
    states = List.copyOf(states);
    outcomes = List.copyOf(outcomes);
  }

  /** As it is now, with the outcomes that are known of it. */
  static SeenObject of(Observed now, @Nullable SeenObject before) {
    var outcomes = new ArrayList<>(outcomes(before, now));
    if (isNews(before, now)) {
      outcomes.add(now.outcome());
    }
    return new SeenObject(
        now.object(), now.generation(), now.identity(), now.labels(), now.states(), outcomes);
  }

  /**
   * Whether its outcome has not been recorded yet. Of a generation that has had too many no more
   * are: the reasons are those of devices.
   */
  static boolean isNews(@Nullable SeenObject before, Observed now) {
    List<String> outcomes = outcomes(before, now);
    return !now.outcome().isEmpty()
        && !outcomes.contains(now.outcome())
        && outcomes.size() < MAX_OUTCOMES;
  }

  /** Those of what the object is now. A device is let in once, whatever its spec becomes. */
  private static List<String> outcomes(@Nullable SeenObject before, Observed now) {
    return before == null
            || before.isOfAnother(now)
            || now.kind() == Observed.Kind.APP && before.generation != now.generation()
        ? List.of()
        : before.outcomes;
  }

  /** Whether what has the name now was made since. */
  boolean isOfAnother(Observed now) {
    return now.generation() < generation
        || now.generation() == generation && !now.identity().equals(identity);
  }

  /** What began and ended: {@code suspended, no longer held}. */
  static String states(List<String> before, List<String> now) {
    return Stream.concat(
            now.stream().filter(it -> !before.contains(it)),
            before.stream().filter(it -> !now.contains(it)).map(it -> "no longer " + it))
        .collect(Collectors.joining(", "));
  }

  String line() {
    return String.join(
        " ",
        object,
        Long.toString(generation),
        word(identity),
        word(labels),
        words(states),
        words(outcomes));
  }

  private static String word(String text) {
    return text.isEmpty() ? NONE : text;
  }

  private static String words(List<String> words) {
    return words.isEmpty() ? NONE : String.join(",", words);
  }

  /** What is no such line was not seen. */
  static Optional<SeenObject> of(String line) {
    String[] fields = line.split(" ", FIELDS);
    return fields.length == FIELDS && fields[1].matches("[0-9]{1,18}") && fields[0].contains("/")
        ? Optional.of(
            new SeenObject(
                fields[0],
                Long.parseLong(fields[1]),
                text(fields[2]),
                text(fields[3]),
                list(fields[4]),
                list(fields[5])))
        : Optional.empty();
  }

  private static String text(String word) {
    return word.equals(NONE) ? "" : word;
  }

  private static List<String> list(String words) {
    return words.equals(NONE) ? Collections.emptyList() : Arrays.asList(words.split(","));
  }
}
