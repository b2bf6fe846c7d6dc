package dev.sandbar.cli;

import dev.sandbar.device.kernel.FilterService;
import java.io.IOException;

/**
 * What {@code sandbard-filters@.service} runs: a question of the agent on standard input, the
 * answer on standard output. No command of its own, so that it starts without the parser of
 * commands.
 */
final class ReadFilters {

  private ReadFilters() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] args) {
    try {
      FilterService.answer(System.in, System.out);
    } catch (IOException e) {
      System.err.println("sandbar: " + e.getMessage());
      System.exit(ExitCode.ERROR);
    }
  }
}
