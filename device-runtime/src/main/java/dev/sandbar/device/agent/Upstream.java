package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.StateStore;
import java.time.Clock;
import java.util.Optional;
import java.util.SortedMap;

/** Where the apps are declared, and where their status is reported. It has threads of its own. */
sealed interface Upstream extends AutoCloseable permits GitUpstream, FleetUpstream {

  /**
   * What it works with.
   *
   * @param changed called when {@link #take} may have something new
   * @param described called when {@link #describe} says something else
   * @param ended called when the device's service has ended
   */
  record Setting(
      StateStore store,
      Clock clock,
      AgentMetrics metrics,
      Runnable changed,
      Runnable described,
      Runnable ended) {}

  /** Begins to ask the source; once, when what is on the device has been judged without it. */
  void begin();

  /** What is declared now, if that is not what was taken last. */
  Optional<Declared> take(DeviceFacts facts);

  /**
   * Asks the source now.
   *
   * @param done called when what it has now is there for {@link #take}, or it could not be asked
   */
  void poll(Runnable done);

  /** Whether it has something newer than what was taken last, which cannot be taken yet. */
  boolean isPending();

  /** Everything that is declared was applied, and no removal was held back. */
  void settled(Declared declared);

  /** How it does, for the status. */
  Record describe();

  /** How the apps do, after a look at them. */
  void report(Declared declared, SortedMap<AppName, AppReport> reports, Memory memory);

  @Override
  void close();
}
