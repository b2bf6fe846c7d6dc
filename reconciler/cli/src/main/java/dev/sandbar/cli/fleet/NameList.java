package dev.sandbar.cli.fleet;

import java.util.List;

/** Lists of names for people. */
final class NameList {
  private NameList() {}

  /** The first few, and how many more. */
  static String few(List<String> names, int most) {
    return names.size() <= most + 1
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, most)) + " and " + (names.size() - most) + " more";
  }
}
