package dev.sandbar.device.store;

import dev.sandbar.report.OneLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of an {@link OutOfMemoryError} where the agent takes in what others have made: it is
 * an answer, as any other that cannot be used. Limits come first, so that none is met; should one
 * be too wide, one source or one image is not read, and all else goes on. Everywhere else the
 * process ends, for nobody knows what was left half done, and its service starts it again.
 */
public final class OutOfMemory {
  private static final Logger LOG = LoggerFactory.getLogger(OutOfMemory.class);

  /** As services of systemd end that fail; the JVM itself would end with it too. */
  private static final int CODE = 3;

  private OutOfMemory() {}

  /**
   * Why something is not used, as the end of a sentence.
   *
   * @param what it is, such as {@code the image}
   */
  public static String tooLarge(String what) {
    return what + " is too large: it takes more memory than the agent has";
  }

  /** From now on a thread that runs out of memory outside of such a place ends the process. */
  public static void endsTheProcess() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          if (failure instanceof OutOfMemoryError) {
            end();
          }
          LOG.error("thread={} action=end {}", thread.getName(), OneLine.defect(failure));
        });
  }

  private static void end() {
    try {
      LOG.error("action=end the agent has no memory left; its service starts it again");
    } finally {
      // Whether or not there was room for that line; what waits for an end in order may need more.
      Runtime.getRuntime().halt(CODE);
    }
  }
}
