package dev.sandbar.core.convert;

import dev.sandbar.core.model.Node;
import java.util.List;
import java.util.Optional;

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

  /** A type of which programs run and end (systemd.service(5)). */
  static final String ONCE = "oneshot";

  /** The line by which the unit runs and ends, if the spec has no times at which it does. */
  public Optional<Left> once() {
    return left.stream().filter(it -> it.what().equals("Type=" + ONCE)).findFirst();
  }

  /** The first line without which the app would have all of what the line takes away. */
  public Optional<Left> widening() {
    return left.stream().filter(Left::widens).findFirst();
  }

  /**
   * A line, or a part of one, that the spec does not say.
   *
   * @param line in the unit file; 0 if it is about the whole of it
   * @param what the line, as far as it is not carried
   * @param help why, and what to do instead
   * @param widens whether the app would have all of what the line takes away: nobody should use the
   *     spec without it
   */
  public record Left(int line, String what, String help, boolean widens) {
    Left(int line, String what, String help) {
      this(line, what, help, false);
    }
  }
}
