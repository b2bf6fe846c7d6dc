package dev.sandbar.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A kind and a name, written as two words or as {@code kind/name}. */
record FleetObject(Kind kind, String name) {
  /** What can be named. */
  enum Kind {
    GITSOURCE,
    APP,
    DEVICE;

    /** As kubectl calls it too: in one, in many, and for short. */
    private List<String> words() {
      return switch (this) {
        case GITSOURCE -> List.of("gitsource", "gitsources", "gits");
        case APP -> List.of("app", "appsandbox", "appsandboxes", "asb");
        case DEVICE -> List.of("device", "devices", "dvc");
      };
    }

    /** For people. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether the word names something, and no kind. */
  static boolean isName(String word) {
    return !word.contains("/")
        && Stream.of(Kind.values()).noneMatch(kind -> kind.words().contains(word));
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
      if (parts.size() == 2 && kind.words().contains(parts.getFirst())) {
        return new FleetObject(kind, parts.getLast());
      }
    }
    throw new CommandException(
        String.join(" ", words) + " is no kind and name",
        "Write for example " + allowed[0].word() + " NAME");
  }
}
