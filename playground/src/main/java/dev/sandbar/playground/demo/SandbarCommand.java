package dev.sandbar.playground.demo;

import java.util.List;

/** The {@code sandbar} command itself: the story shows what it really prints. */
@FunctionalInterface
public interface SandbarCommand {

  /** Runs it. */
  Said run(List<String> arguments);

  /**
   * What it said.
   *
   * @param out standard output
   * @param err standard error
   */
  record Said(int exitCode, String out, String err) {}
}
