package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilters;
import dev.sandbar.core.attest.CallTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * System call filters of the processes that are observed. Those of a process are asked for once, in
 * the background: nothing takes a filter away, so what was read stays true while the process lives.
 * One that has more by now is asked for again: systemd may have been on its way into the sandbox, a
 * filter at a time, when the first were read. Until the answer is there they are unread.
 *
 * <p>An app that starts again and again makes new processes; questions are limited, and what was
 * not asked is asked with the next.
 *
 * <p>Safe for use by many threads.
 */
public final class KnownFilters {

  private static final Logger LOG = LoggerFactory.getLogger(KnownFilters.class);

  /** Questions that may come at once. */
  private static final int BURST = 10;

  /** Processes to ask about at once; far more than a device has apps. */
  private static final int MOST_WANTED = FilterMessages.MOST_PROCESSES;

  /** A process that another one traces, or that adds filters, may be asked about again. */
  private static final int MOST_TRIES = 3;

  private final FilterSource source;
  private final Supplier<CallTable> machine;
  private final Runnable arrived;
  private final LongSupplier nanos;
  private final Executor background;

  private final Map<ProcessId, CallFilters> known = new HashMap<>();
  private final Map<ProcessId, Integer> tries = new HashMap<>();
  private final Set<ProcessId> wanted = new LinkedHashSet<>();
  private boolean asking;
  private double questions = BURST;
  private long counted;
  private CallTable table = CallTable.UNKNOWN;
  private String failure = "";

  /**
   * Knows none yet.
   *
   * @param machine that the processes run on; asked once, when there are filters to judge
   * @param arrived is called when there are answers
   * @param nanos as System.nanoTime
   * @param background where questions are asked
   */
  KnownFilters(
      FilterSource source,
      Supplier<CallTable> machine,
      Runnable arrived,
      LongSupplier nanos,
      Executor background) {
    this.source = source;
    this.machine = machine;
    this.arrived = arrived;
    this.nanos = nanos;
    this.background = background;
    this.counted = nanos.getAsLong();
  }

  /** Knows none and asks nobody. */
  public static KnownFilters none() {
    return new KnownFilters(
        new FilterSource() {
          @Override
          public Map<ProcessId, List<CallFilter>> read(Collection<ProcessId> processes) {
            return Map.of();
          }

          @Override
          public Duration pause() {
            return Duration.ofDays(1);
          }
        },
        () -> CallTable.UNKNOWN,
        () -> {},
        () -> 0,
        _ -> {});
  }

  /**
   * Asks on behalf of this process: itself if it has no system call filter, and otherwise the
   * service that has none.
   *
   * @param calls names of system calls to number
   * @param arrived is called, on another thread, when there are answers
   */
  public static KnownFilters of(Collection<String> calls, Runnable arrived) {
    FilterSource source = hasFilter() ? new FilterSocket(FilterSocket.PATH) : new OwnFilterSource();
    return new KnownFilters(
        source,
        () -> CallNumbers.of(calls),
        arrived,
        System::nanoTime,
        task -> Thread.ofVirtual().name("filters").start(task));
  }

  private static boolean hasFilter() {
    try {
      String mode = ProcFile.status(Path.of("/proc/self"), Set.of("Seccomp")).get("Seccomp");
      return !"0".equals(mode);
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Those of a process, as far as they are known; what is not will be asked for.
   *
   * @param directory of the process in a mounted proc(5)
   * @param count how many filters it has; -1 if the kernel does not say
   */
  synchronized CallFilters of(Path directory, int count) {
    // Of a device that is seen through a mounted proc(5) of its own the numbers are others.
    if (count == 0 || !directory.startsWith("/proc")) {
      return CallFilters.UNREAD;
    }
    Optional<ProcessId> process =
        ProcessId.of(Integer.parseInt(directory.getFileName().toString()));
    if (process.isEmpty()) {
      return CallFilters.UNREAD;
    }
    CallFilters found = known.get(process.get());
    if (found != null && (count < 0 || found.programs().size() == count)) {
      return found;
    }
    if (tries.getOrDefault(process.get(), 0) < MOST_TRIES) {
      if (wanted.size() < MOST_WANTED) {
        wanted.add(process.get());
      }
      return CallFilters.UNREAD;
    }
    // A program that adds filters for ever has at least those.
    return found != null && found.programs().size() < count ? found : CallFilters.UNREAD;
  }

  /** Asks for what is wanted, and returns at once. */
  synchronized void ask() {
    if (asking || wanted.isEmpty() || !mayAsk()) {
      return;
    }
    asking = true;
    var processes = List.copyOf(wanted);
    wanted.clear();
    background.execute(() -> ask(processes));
  }

  private boolean mayAsk() {
    long now = nanos.getAsLong();
    double earned =
        source.pause().isZero() ? BURST : (now - counted) / (double) source.pause().toNanos();
    questions = Math.min(BURST, questions + earned);
    counted = now;
    if (questions < 1) {
      return false;
    }
    questions--;
    return true;
  }

  private void ask(List<ProcessId> processes) {
    boolean news = false;
    try {
      Map<ProcessId, List<CallFilter>> answer = source.read(processes);
      news = take(processes, answer);
      failed("");
    } catch (IOException e) {
      failed(String.valueOf(e.getMessage()));
    } finally {
      ended();
    }
    if (news) {
      arrived.run();
    }
  }

  private synchronized boolean take(
      List<ProcessId> asked, Map<ProcessId, List<CallFilter>> answer) {
    if (table == CallTable.UNKNOWN) {
      table = machine.get();
    }
    if (tries.size() > MOST_WANTED) {
      tries.clear();
    }
    // Each start of an app is another process.
    known.keySet().removeIf(it -> ProcessId.of(it.pid()).filter(it::equals).isEmpty());
    var shared = new HashMap<List<CallFilter>, CallFilters>();
    known.values().forEach(it -> shared.put(it.programs(), it));
    boolean news = false;
    for (ProcessId process : asked) {
      List<CallFilter> filters = answer.get(process);
      if (filters == null) {
        tries.merge(process, 1, Integer::sum);
        continue;
      }
      // One object for all that have the same: what they refuse is found once.
      CallFilters read = shared.computeIfAbsent(filters, it -> CallFilters.of(it, table));
      if (known.put(process, read) != null) {
        tries.merge(process, 1, Integer::sum);
      }
      news = true;
    }
    return news;
  }

  private synchronized void ended() {
    asking = false;
  }

  /** One line in the log for each reason, not for each question. */
  private synchronized void failed(String why) {
    if (!why.isEmpty() && !why.equals(failure)) {
      LOG.warn(
          "action=read-filters outcome=unknown reason=\"{}\" next=\"install sandbard-filters.socket"
              + " and start it\"",
          why);
    }
    failure = why;
  }
}
