package dev.sandbar.core.model;

import java.util.Optional;

/**
 * Absolute paths as they may stand in a spec: already in normal form, so nothing can hide in them.
 */
final class PathText {

  private PathText() {}

  /** Why the text is not such a path, as the end of a sentence; empty if it is one. */
  static Optional<String> problemIn(String text) {
    if (!text.startsWith("/")) {
      return Optional.of("is not an absolute path");
    }
    if (text.equals("/")) {
      return Optional.empty();
    }
    for (String part : text.substring(1).split("/", -1)) {
      if (part.isEmpty() || part.equals(".")) {
        return Optional.of("has an empty or '.' part");
      }
      if (part.equals("..")) {
        return Optional.of("leaves its root with '..'");
      }
    }
    return Optional.empty();
  }

  /** Whether the path is the folder or lies in it. */
  static boolean within(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }
}
