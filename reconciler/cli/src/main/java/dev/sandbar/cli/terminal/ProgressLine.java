package dev.sandbar.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One line that says what is going on, once it has gone on for two seconds; only where a person
 * sees it. It is wiped when the work ends, also by Ctrl-C.
 */
public final class ProgressLine implements AutoCloseable {
  private static final Duration SILENT = Duration.ofSeconds(2);
  private static final Duration STEP = Duration.ofMillis(500);
  static final String WIPE = "\r\u001B[K";

  private final Terminal terminal;
  private final Thread painter;
  private final Thread wiper;
  private final Supplier<String> far;
  private volatile String doing;
  private volatile boolean painted;

  private ProgressLine(Terminal terminal, String doing, Supplier<String> far) {
    this.terminal = terminal;
    this.doing = doing;
    this.far = far;
    this.painter = Thread.ofVirtual().unstarted(this::paint);
    this.wiper = Thread.ofPlatform().unstarted(this::wipe);
  }

  /** Starts to watch the time. */
  public static ProgressLine start(Terminal terminal, String doing) {
    return start(terminal, doing, () -> "");
  }

  /**
   * Starts to watch the time.
   *
   * @param far how far it has come, when the line is painted; empty where that is not known
   */
  public static ProgressLine start(Terminal terminal, String doing, Supplier<String> far) {
    var progress = new ProgressLine(terminal, doing, far);
    if (terminal.errTty()) {
      Runtime.getRuntime().addShutdownHook(progress.wiper);
      progress.painter.start();
    }
    return progress;
  }

  /** Says what is done now. */
  public void now(String text) {
    doing = text;
  }

  private void paint() {
    long begin = System.nanoTime();
    try {
      Thread.sleep(SILENT);
      while (true) {
        long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
        PrintStream err = terminal.err();
        String now = far.get();
        String line = doing + (now.isEmpty() ? "" : ": " + now) + " ... " + seconds + " s";
        painted = true;
        err.print(WIPE + line.substring(0, Math.min(line.length(), Terminal.WIDTH - 1)));
        err.flush();
        Thread.sleep(STEP);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void wipe() {
    if (painted) {
      terminal.err().print(WIPE);
      terminal.err().flush();
    }
  }

  @Override
  public void close() {
    if (!terminal.errTty()) {
      return;
    }
    painter.interrupt();
    try {
      painter.join();
      Runtime.getRuntime().removeShutdownHook(wiper);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException _) {
      return; // the process is ending: the hook wipes
    }
    wipe();
  }
}
