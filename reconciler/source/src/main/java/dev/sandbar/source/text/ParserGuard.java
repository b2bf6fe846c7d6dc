package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.util.function.Supplier;

/**
 * Runs a parser over foreign bytes. Whatever it fails with is an error of that one file: an
 * exception that got out would take all other files of the source with it.
 */
final class ParserGuard {
  private ParserGuard() {}

  /**
   * Runs the parser.
   *
   * @param reached the place of what was read last
   */
  static void run(FileDiagnostics findings, Supplier<Location> reached, Runnable parser) {
    try {
      parser.run();
    } catch (RuntimeException | StackOverflowError e) {
      findings.error(
          Problem.DEFECT,
          reached.get(),
          "the parser fails behind this place with " + e.getClass().getSimpleName(),
          "Report it together with the file; until then write this part in another way");
    }
  }
}
