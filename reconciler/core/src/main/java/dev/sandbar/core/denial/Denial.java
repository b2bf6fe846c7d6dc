package dev.sandbar.core.denial;

import java.util.List;

/**
 * One thing that the sandbox of an app most likely refused it.
 *
 * @param refused what it tried, in a few words
 * @param directive that refuses it, first of all
 * @param said the last of the app's own lines about it; anything can stand in it
 * @param times how many lines were about it
 * @param remedies each of which would allow it; empty if no permission does
 */
public record Denial(
    String refused, String directive, String said, int times, List<Remedy> remedies) {

  public Denial {
    remedies = List.copyOf(remedies);
  }
}
