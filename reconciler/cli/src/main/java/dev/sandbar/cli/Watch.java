package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Shows something again whenever it has changed, until Ctrl-C or until nobody reads it any more. A
 * terminal is redrawn; a pipe gets one picture after the other.
 */
final class Watch {
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final String CLEAR = "\u001B[H\u001B[2J";

  private Watch() {}

  /**
   * One look.
   *
   * @param key what has to differ for it to be shown again, so not its age
   */
  record Look(Object key, Runnable show) {}

  /** Looks. */
  interface Source {
    Look look() throws IOException;
  }

  /** Whether a picture takes the place of the one before, so that more of them do no harm. */
  static boolean redraws(Printer printer) {
    Terminal terminal = printer.terminal();
    return terminal.outTty() && !printer.machine() && !terminal.variable("TERM").equals("dumb");
  }

  static int run(Printer printer, Source source) throws IOException, InterruptedException {
    Terminal terminal = printer.terminal();
    boolean redraws = redraws(printer);
    Optional<Object> last = Optional.empty();
    while (!terminal.out().checkError()) {
      Look now = source.look();
      if (last.filter(now.key()::equals).isEmpty()) {
        if (redraws) {
          terminal.out().print(CLEAR);
        } else if (last.isPresent() && !printer.machine()) {
          printer.line();
        }
        now.show().run();
        terminal.flush();
        last = Optional.of(now.key());
      }
      Thread.sleep(PAUSE);
    }
    return ExitCode.OK;
  }
}
