package dev.sandbar.core.convert;

import dev.sandbar.core.model.Node;
import java.util.List;

/**
 * What a unit file comes to.
 *
 * @param manifest the AppSandbox as a document
 * @param left what it does not carry, in the order of the file
 * @param usable whether the manifest compiles
 */
public record Converted(Node manifest, List<Left> left, boolean usable) {

  public Converted {
    left = List.copyOf(left);
  }

  /**
   * A line, or a part of one, that the spec does not say.
   *
   * @param line in the unit file; 0 if it is about the whole of it
   * @param what the line, as far as it is not carried
   * @param help why, and what to do instead
   */
  public record Left(int line, String what, String help) {}
}
