package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.LeaseDuration;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets how often devices renew their Lease, by the duration of their Lease; they learn it from the
 * answer to a renewal. Devices that renew count, each for its namespace. A fleet that grows is
 * slowed down fast, in turns, and in each those first that are heard of most: each write of a
 * duration saves many renewals. There is no hurry to make one faster.
 */
final class LeasePace implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeasePace.class);
  private static final Duration STEP = Duration.ofSeconds(1);
  private static final int MOST_SLOWER = 200;
  private static final int MOST_FASTER = 20;
  private static final int AT_ONCE = 8;

  private final Writes writes;
  private final Heartbeats heartbeats;
  private final BooleanSupplier sees;
  private final IntConsumer announce;

  /** Of a Lease that is made: as if all namespaces were one. */
  private volatile int newSeconds;

  private final Map<String, Integer> seconds = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Stands still.
   *
   * @param sees whether Leases are followed now
   * @param announce gets the duration for Leases that are made
   */
  LeasePace(Writes writes, Heartbeats heartbeats, BooleanSupplier sees, IntConsumer announce) {
    this.writes = writes;
    this.heartbeats = heartbeats;
    this.sees = sees;
    this.announce = announce;
  }

  void start() {
    Thread _ = Thread.ofVirtual().name("lease-pace").start(this::run);
  }

  private void run() {
    while (!closed) {
      try {
        Thread.sleep(STEP);
        if (sees.getAsBoolean()) {
          step();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.warn("action=pace failed={}", OneLine.of(e));
      }
    }
  }

  private void step() throws InterruptedException {
    Map<String, Integer> renewing = heartbeats.renewing();
    int devices = renewing.values().stream().mapToInt(it -> it).sum();
    newSeconds = LeaseDuration.leaseSeconds(devices, newSeconds);
    announce.accept(newSeconds);
    seconds.keySet().retainAll(renewing.keySet());
    LeaseDuration.sizes(renewing)
        .forEach(
            (namespace, size) ->
                seconds.compute(
                    namespace,
                    (_, now) ->
                        LeaseDuration.leaseSeconds(size, Objects.requireNonNullElse(now, 0))));
    List<Key> hasty = heartbeats.askedLessThan(this::secondsOf, MOST_SLOWER);
    List<Key> due =
        hasty.isEmpty() ? heartbeats.askedMoreThan(this::secondsOf, MOST_FASTER) : hasty;
    if (due.isEmpty()) {
      return;
    }
    heartbeats.pacing(due);
    var permits = new Semaphore(AT_ONCE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Key device : due) {
        permits.acquire();
        threads.execute(
            () -> {
              try {
                set(device, secondsOf(device.namespace()));
              } finally {
                permits.release();
              }
            });
      }
    }
  }

  /** Of a namespace; of one in which no device has renewed yet, as of a new Lease. */
  private int secondsOf(String namespace) {
    return seconds.getOrDefault(namespace, newSeconds);
  }

  private void set(Key device, int seconds) {
    try {
      writes.merge(
          new Writes.Target(Writes.Kind.LEASE, device.namespace(), device.name()),
          Map.of("spec", Map.of("leaseDurationSeconds", seconds)));
      heartbeats.asked(device, seconds);
    } catch (KubernetesClientException | IllegalStateException e) {
      LOG.warn("lease={} action=pace failed={}", device, OneLine.of(e));
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
