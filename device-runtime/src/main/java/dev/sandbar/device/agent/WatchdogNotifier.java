package dev.sandbar.device.agent;

import dev.sandbar.device.kernel.ServiceManager;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Shows the service manager that the loop goes on. Only the loop itself counts: a thread beside it
 * would go on while the loop is stuck, and the agent would look after nothing and never be started
 * again.
 */
final class WatchdogNotifier {
  private static final int SHARE = 4;

  private final ServiceManager manager;
  private final Duration interval;
  private volatile @Nullable Thread loop;
  private long last;

  WatchdogNotifier(ServiceManager manager) {
    this.manager = manager;
    Duration watchdog = manager.watchdog();
    this.interval = watchdog.isZero() ? Duration.ofDays(1) : watchdog.dividedBy(SHARE);
  }

  /** The loop begins, on this thread. */
  void begin() {
    loop = Thread.currentThread();
    manager.notify("READY=1");
    send();
  }

  /** There was progress; cheap, and nothing on another thread than the loop's. */
  void beat() {
    if (Thread.currentThread() == loop && System.nanoTime() - last >= interval.toNanos() / 2) {
      send();
    }
  }

  private void send() {
    last = System.nanoTime();
    if (!manager.watchdog().isZero()) {
      manager.notify("WATCHDOG=1");
    }
  }

  /** The longest time that the loop may wait for something to do. */
  Duration untilNext() {
    return interval;
  }
}
