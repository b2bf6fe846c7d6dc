package dev.sandbar.device.agent;

import dev.sandbar.device.kernel.OwnMemory;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what the start of an agent has used, once, and then what compiling leaves behind. An
 * agent at rest makes so little garbage that the collector would look at its old generation days
 * later, and keep that memory until then.
 */
public final class MemoryRelease {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryRelease.class);

  /** After so long an agent is at rest, and most of what it runs then is compiled. */
  private static final Duration STARTED = Duration.ofMinutes(1);

  private static final Duration AGAIN = Duration.ofMinutes(1);

  private MemoryRelease() {}

  /** Begins, on a thread of its own. */
  public static void start() {
    Thread _ = Thread.ofVirtual().name("memory").start(MemoryRelease::run);
  }

  private static void run() {
    try {
      Thread.sleep(STARTED);
      System.gc();
      OwnMemory.releaseFreed();
      long bytes = OwnMemory.releaseFiles();
      LOG.debug("action=release files={} bytes", bytes);
      while (true) {
        Thread.sleep(AGAIN);
        OwnMemory.releaseFreed();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
