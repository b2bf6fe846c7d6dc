package dev.sandbar.device.health;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.report.CheckResult;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.core.report.ReadinessFold;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks apps again and again whether they are ready, each on a thread of its own, so that one which
 * does not answer holds up neither the loop nor the others. The loop says which apps are asked, and
 * hears of every change.
 */
public final class HealthChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);

  private static final Duration LONGEST_END = Duration.ofSeconds(5);

  /** It has ended before it began. */
  private static final Thread NOBODY = Thread.ofVirtual().unstarted(() -> {});

  private final AppCheck check;
  private final Consumer<UnitName> changed;
  private final Duration settle;
  private final LongSupplier nanos;
  private final Map<AppName, Watch> watches = new HashMap<>();

  /** Of apps that were forgotten, as long as they have not ended. */
  private final Map<AppName, Thread> ending = new HashMap<>();

  /**
   * @param changed hears of an app whose readiness is another one, on a thread of these checks
   * @param settle how long apps must stay ready that do not say it themselves
   */
  public HealthChecks(
      AppCheck check, Consumer<UnitName> changed, Duration settle, LongSupplier nanos) {
    this.check = check;
    this.changed = changed;
    this.settle = settle;
    this.nanos = nanos;
  }

  /**
   * From now on this version of an app is asked, until it is forgotten or another one is. One that
   * is asked already goes on.
   *
   * @param proved whether it has proved itself before
   */
  public synchronized void follow(CompiledApp app, boolean proved) {
    AppName name = app.spec().name();
    Watch known = watches.get(name);
    if (known != null && known.isOf(app)) {
      return;
    }
    forget(name);
    watches.put(name, new Watch(app, proved, ending.getOrDefault(name, NOBODY)));
  }

  /** What the checks of this version have shown; undecided if it is not asked. */
  public synchronized Readiness of(CompiledApp app) {
    Watch watch = watches.get(app.spec().name());
    return watch != null && watch.isOf(app) ? watch.readiness() : new Readiness.Undecided("");
  }

  /** The app is asked no longer. */
  public synchronized void forget(AppName name) {
    Watch watch = watches.remove(name);
    if (watch != null) {
      watch.thread.interrupt();
      ending.values().removeIf(thread -> !thread.isAlive());
      ending.put(name, watch.thread);
    }
  }

  /** Only these apps are asked. */
  public synchronized void keepOnly(Set<AppName> names) {
    Set.copyOf(watches.keySet()).stream().filter(it -> !names.contains(it)).forEach(this::forget);
  }

  /** Ends all, and waits for a moment until nothing is left of them. */
  @Override
  public void close() {
    List<Thread> last;
    synchronized (this) {
      keepOnly(Set.of());
      last = List.copyOf(ending.values());
    }
    long end = System.nanoTime() + LONGEST_END.toNanos();
    try {
      for (Thread thread : last) {
        if (!thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
          LOG.warn("action=close a health check goes on");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Watch {
    private final CompiledApp app;
    private final Thread before;
    private final Thread thread;
    private volatile ReadinessFold fold;

    /**
     * @param before what has to end first
     */
    Watch(CompiledApp app, boolean proved, Thread before) {
      this.app = app;
      this.before = before;
      this.fold = ReadinessFold.begin(app.spec().health(), settle, proved, nanos.getAsLong());
      this.thread = Thread.ofVirtual().name("health-" + app.spec().name()).start(this::run);
    }

    boolean isOf(CompiledApp other) {
      return app.generation().equals(other.generation())
          && app.spec().health().digest().equals(other.spec().health().digest());
    }

    Readiness readiness() {
      return fold.readiness();
    }

    private void run() {
      try {
        before.join();
        while (!Thread.currentThread().isInterrupted()) {
          CheckResult result = check.ask(app);
          ReadinessFold before = fold;
          fold = before.after(result, nanos.getAsLong());
          LOG.debug("app={} action=check {}", app.spec().name(), result);
          if (!before.readiness().equals(fold.readiness())) {
            changed.accept(app.unit());
          }
          Thread.sleep(fold.pause(nanos.getAsLong()));
        }
      } catch (InterruptedException e) {
        // Nobody wants to know any more.
      } finally {
        // What ends it must not be interrupted as well.
        boolean interrupted = Thread.interrupted();
        LOG.debug("app={} action=end-check interrupted={}", app.spec().name(), interrupted);
        check.end(app);
      }
    }
  }
}
