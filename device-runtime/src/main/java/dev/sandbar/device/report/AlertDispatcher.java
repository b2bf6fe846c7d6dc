package dev.sandbar.device.report;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;

/**
 * Brings every alert to every destination, each at its own pace through a queue on disk of its own.
 * Publishing never waits for a network.
 */
public final class AlertDispatcher implements AutoCloseable {

  private final List<AlertWorker> workers;
  private final InstantSource clock;

  private AlertDispatcher(List<AlertWorker> workers, InstantSource clock) {
    this.workers = List.copyOf(workers);
    this.clock = clock;
  }

  /**
   * How it goes about its work.
   *
   * @param mostWaiting most alerts that wait for one destination
   * @param mostBytes most bytes of them on disk
   * @param firstPause after the first failure; doubled with each one more
   * @param longestPause after many failures
   * @param grace how long {@link #close} may take per destination
   * @param clock what time it is
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive)
   */
  public record Settings(
      int mostWaiting,
      long mostBytes,
      Duration firstPause,
      Duration longestPause,
      Duration grace,
      InstantSource clock,
      LongUnaryOperator jitter) {

    /** What fits a device: 1000 alerts or 4 MiB, pauses of 2 s to 5 min, 3 s for closing. */
    public static Settings standard(InstantSource clock, LongUnaryOperator jitter) {
      return new Settings(
          1000,
          4 << 20,
          Duration.ofSeconds(2),
          Duration.ofMinutes(5),
          Duration.ofSeconds(3),
          clock,
          jitter);
    }
  }

  /**
   * How a destination does.
   *
   * @param waiting alerts that it has not got yet
   * @param dropped alerts that were given up since its queue was first made
   * @param lastFailure why the last message did not get through; empty if it did
   */
  public record Status(String destination, int waiting, long dropped, String lastFailure) {}

  /**
   * Opens the queues and starts to send.
   *
   * @param store where the queues are; no other process may use them
   * @param senders one per destination, with names of their own; closed with the dispatcher
   * @throws IOException when the store cannot be read
   */
  public static AlertDispatcher open(StateStore store, List<AlertSender> senders, Settings settings)
      throws IOException {
    Set<String> names = senders.stream().map(AlertSender::name).collect(Collectors.toSet());
    if (names.size() != senders.size() || !names.stream().allMatch(AlertDestinations::isName)) {
      throw new IllegalArgumentException("not names of different destinations: " + names);
    }
    var limits = new AlertBacklog.Limits(settings.mostWaiting(), settings.mostBytes());
    // Chance takes up to half of a pause, so that a fleet does not come back as one.
    var backoff = new Backoff(settings.firstPause(), 2, settings.longestPause(), 50);
    List<AlertWorker> workers = new ArrayList<>();
    try {
      AlertStore.tidy(store, names);
      for (AlertSender sender : senders) {
        boolean latestOnly = sender.style() instanceof AlertSender.Style.State;
        var queue = new AlertQueue(store, sender.name(), new AlertBacklog(latestOnly, limits));
        workers.add(new AlertWorker(sender, queue, backoff, settings.jitter(), settings.grace()));
      }
    } catch (IOException | RuntimeException e) {
      closeAll(workers);
      senders.forEach(AlertSender::close);
      throw e;
    }
    return new AlertDispatcher(workers, settings.clock());
  }

  /**
   * Takes alerts for every destination. When it returns they are on disk. An alert that fires
   * already with the same values, and the end of one that does not fire, are left out.
   */
  public void publish(Collection<? extends DriftAlert> alerts) {
    workers.forEach(worker -> worker.queue().offer(alerts));
  }

  /**
   * Sends what drifts after a start of the agent, once it has looked at everything: what an earlier
   * life left firing and is not among these has ended. Until this is called, alerts of an earlier
   * life are not kept alive.
   */
  public void resume(Collection<Firing> now) {
    for (AlertWorker worker : workers) {
      worker.queue().offer(now);
      worker.queue().endUnconfirmed(clock.instant());
    }
  }

  /** How the destinations do, for status and metrics. */
  public List<Status> status() {
    return workers.stream()
        .map(
            worker ->
                new Status(
                    worker.name(),
                    worker.queue().size(),
                    worker.queue().dropped(),
                    worker.lastFailure()))
        .toList();
  }

  /** Delivers what can be delivered at once; the rest stays on disk for the next start. */
  @Override
  public void close() {
    closeAll(workers);
  }

  private static void closeAll(List<AlertWorker> workers) {
    workers.forEach(AlertWorker::stop);
    workers.forEach(AlertWorker::close);
  }
}
