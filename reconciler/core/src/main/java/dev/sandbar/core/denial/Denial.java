package dev.sandbar.core.denial;

import java.util.List;

/**
 * One thing that the sandbox of an app most likely refused it.
 *
 * @param refused what it tried, in a few words
 * @param directive that refuses it, first of all
 * @param evidence what shows it
 * @param said of {@link Evidence#WROTE} the last of the app's own lines about it, in which anything
 *     can stand; of {@link Evidence#KERNEL} the other ends of the connections
 * @param times how many lines were about it, or how many packets were refused
 * @param remedies each of which would allow it; empty if no permission does
 * @param help what to do where no permission allows it, or beside one; may be empty
 */
public record Denial(
    String refused,
    String directive,
    Evidence evidence,
    String said,
    int times,
    List<Remedy> remedies,
    String help) {

  /** What shows that something was refused. */
  public enum Evidence {
    /** The app wrote of it. */
    WROTE,
    /** The kernel has it. */
    KERNEL
  }

  public Denial {
    remedies = List.copyOf(remedies);
  }

  /** The same once more, in these words. */
  Denial again(String words) {
    return new Denial(refused, directive, evidence, words, times + 1, remedies, help);
  }
}
