package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import java.util.List;

/**
 * Finds the differences of one app: {@link Differ#app}, or something that remembers its answers.
 */
@FunctionalInterface
public interface Comparison {

  /** What {@link Differ#app} says of these. */
  List<Difference> app(CompiledApp desired, Observation seen, int systemdVersion);
}
