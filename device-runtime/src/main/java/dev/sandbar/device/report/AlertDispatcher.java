package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.store.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every alert to every destination, each at its own pace through a queue on disk of its own.
 * Publishing never waits for a network.
 */
public final class AlertDispatcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AlertDispatcher.class);

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
   * @param folder for the queues, made if it is not there; no other process may use it
   * @param senders one per destination, with names of their own; closed with the dispatcher
   * @throws IOException when the folder cannot be used
   */
  public static AlertDispatcher open(Path folder, List<AlertSender> senders, Settings settings)
      throws IOException {
    if (senders.stream().map(AlertSender::name).distinct().count() != senders.size()) {
      throw new IllegalArgumentException("two destinations have one name");
    }
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path parent = folder.toAbsolutePath().getParent();
      DurableFiles.sync(parent == null ? folder : parent);
    }
    removeOthers(folder, senders);
    var limits = new AlertBacklog.Limits(settings.mostWaiting(), settings.mostBytes());
    var backoff =
        new AlertWorker.Backoff(settings.firstPause(), settings.longestPause(), settings.jitter());
    List<AlertWorker> workers = new ArrayList<>();
    try {
      for (AlertSender sender : senders) {
        boolean latestOnly = sender.style() instanceof AlertSender.Style.State;
        Path file = folder.resolve(queueFile(sender.name()));
        var queue = new AlertQueue(file, sender.name(), new AlertBacklog(latestOnly, limits));
        workers.add(new AlertWorker(sender, queue, backoff, settings.grace()));
      }
    } catch (IOException | RuntimeException e) {
      closeAll(workers);
      senders.forEach(AlertSender::close);
      throw e;
    }
    return new AlertDispatcher(workers, settings.clock());
  }

  /** Queues of destinations that the owner has taken out of the settings. */
  private static void removeOthers(Path folder, List<AlertSender> senders) throws IOException {
    Set<String> ours =
        senders.stream().map(sender -> queueFile(sender.name())).collect(Collectors.toSet());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.log")) {
      for (Path file : files) {
        if (!ours.contains(String.valueOf(file.getFileName()))) {
          Files.delete(file);
        }
      }
    }
  }

  private static String queueFile(String destination) {
    if (!AlertDestinations.isName(destination)) {
      throw new IllegalArgumentException("not a name of a destination: " + destination);
    }
    return destination + ".log";
  }

  /**
   * Takes alerts for every destination. When it returns they are on disk. An alert that fires
   * already with the same values, and the end of one that does not fire, are left out.
   */
  public void publish(Collection<? extends DriftAlert> alerts) {
    workers.forEach(worker -> worker.queue().offer(alerts));
  }

  /**
   * Tells what drifts after a start of the agent, once it has looked at everything: what an earlier
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
    for (AlertWorker worker : workers) {
      try {
        worker.close();
      } catch (IOException e) {
        LOG.error("destination={} action=close reason=\"{}\"", worker.name(), e.getMessage());
      }
    }
  }
}
