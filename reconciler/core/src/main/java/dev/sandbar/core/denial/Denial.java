package dev.sandbar.core.denial;

import java.util.List;

/**
 * One thing that the sandbox of an app most likely refused it.
 *
 * @param refused what it tried, in a few words
 * @param directives that refuse it
 * @param said the last of the app's own lines about it; anything can stand in it
 * @param times how many lines were about it
 * @param remedies each of which would allow it; empty if no permission does
 */
public record Denial(
    String refused, List<String> directives, String said, int times, List<Remedy> remedies) {

  public Denial {
    directives = List.copyOf(directives);
    remedies = List.copyOf(remedies);
  }
}
