package dev.sandbar.core.model;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Absolute paths as a spec may contain them: already in normal form, so nothing can hide in them.
 */
public final class PathText {

  private static final int LONGEST_NAME = 255;

  private PathText() {}

  /** Why systemd refuses the path as a program, as the end of a sentence; empty if it takes it. */
  static Optional<String> problemInProgram(String path) {
    if (path.equals("/")) {
      return Optional.of("is a folder");
    }
    return path.chars().anyMatch(c -> "\"'\\".indexOf(c) >= 0)
        ? Optional.of("holds a quote or a backslash, which systemd takes in no program")
        : Optional.empty();
  }

  /** Why the text is not such a path, as the end of a sentence; empty if it is one. */
  public static Optional<String> problemIn(String text) {
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
      if (part.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
        return Optional.of("has a part of more than %d bytes".formatted(LONGEST_NAME));
      }
      if (part.equals("..")) {
        return Optional.of("leaves its root with '..'");
      }
    }
    return Optional.empty();
  }

  /** Whether the path is the folder or lies in it. */
  public static boolean within(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }
}
