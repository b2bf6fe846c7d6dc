package dev.sandbar.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A kind and a name, written as two words or as {@code kind/name}. */
record FleetObject(Kind kind, String name) {
  /** What can be named. */
  enum Kind {
    GITSOURCE(List.of("gitsource", "gitsources", "gits")),
    APP(List.of("app", "appsandbox", "appsandboxes", "asb")),
    DEVICE(List.of("device", "devices", "dvc"));

    private final List<String> words;

    Kind(List<String> words) {
      this.words = words;
    }

    /** For people. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads the words.
   *
   * @param allowed kinds that the command knows
   * @throws CommandException if they are something else
   */
  static FleetObject read(List<String> words, Kind... allowed) {
    var parts = new ArrayList<String>();
    words.forEach(word -> parts.addAll(List.of(word.split("/", 2))));
    for (Kind kind : allowed) {
      if (parts.size() == 2 && kind.words.contains(parts.getFirst())) {
        return new FleetObject(kind, parts.getLast());
      }
    }
    throw new CommandException(
        String.join(" ", words) + " is no kind and name",
        "Write for example " + allowed[0].word() + " NAME");
  }
}
