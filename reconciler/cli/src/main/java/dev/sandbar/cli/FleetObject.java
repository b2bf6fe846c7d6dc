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
    List<String> words() {
      return switch (this) {
        case GITSOURCE ->
            List.of(
                "gitsource",
                "gitsources",
                "gits",
                "gitsource.sandbar.dev",
                "gitsources.sandbar.dev");
        case APP ->
            List.of(
                "app",
                "apps",
                "appsandbox",
                "appsandboxes",
                "asb",
                "appsandbox.sandbar.dev",
                "appsandboxes.sandbar.dev");
        case DEVICE ->
            List.of("device", "devices", "dvc", "device.sandbar.dev", "devices.sandbar.dev");
      };
    }

    /** For people. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** For people. */
  String shown() {
    return kind.word() + " " + name;
  }

  /**
   * Reads the names of objects: of a kind that stands before them, each with its own kind, or of
   * the first kind.
   *
   * @param allowed kinds that the command knows
   * @throws CommandException if they are something else
   */
  static List<FleetObject> all(List<String> words, List<Kind> allowed) {
    var objects = new ArrayList<FleetObject>();
    boolean headed =
        Stream.of(Kind.values()).anyMatch(kind -> kind.words().contains(words.getFirst()));
    List<String> names = headed ? words.subList(1, words.size()) : words;
    if (names.isEmpty()) {
      throw new CommandException(
          words.getFirst() + " is no kind and name",
          "Write for example " + allowed.getFirst().word() + " NAME");
    }
    for (String name : names) {
      if (headed) {
        objects.add(read(List.of(words.getFirst(), name), allowed.toArray(new Kind[0])));
      } else if (name.contains("/")) {
        objects.add(read(List.of(name), allowed.toArray(new Kind[0])));
      } else {
        objects.add(new FleetObject(Kind.APP, AppArgument.read(name).value()));
      }
    }
    return objects;
  }

  /**
   * The kind that is named alone; the first one if none is.
   *
   * @throws CommandException if names follow, or the command knows no such kind
   */
  static Kind kind(List<String> words, List<Kind> allowed) {
    if (words.isEmpty()) {
      return allowed.getFirst();
    }
    return allowed.stream()
        .filter(kind -> words.size() == 1 && kind.words().contains(words.getFirst()))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "--selector stands for names, and goes with a kind alone: "
                        + String.join(", ", allowed.stream().map(Kind::word).toList()),
                    "Leave the names or --selector away"));
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
