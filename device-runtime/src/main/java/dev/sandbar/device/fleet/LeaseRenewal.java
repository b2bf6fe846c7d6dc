package dev.sandbar.device.fleet;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the device's Lease, on a thread of its own. Each answer carries how long the lease lasts,
 * so the operator slows a growing fleet down without writing to it. The time in the lease is the
 * device's own and decides nothing: the operator looks at when it saw the lease change.
 */
public final class LeaseRenewal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseRenewal.class);

  /** As MicroTime of the API is written. */
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final long SHORTEST_LEASE = 3;
  private static final long LONGEST_LEASE = 3_600;
  private static final long USUAL_LEASE = 30;

  private final FleetApi api;
  private final FleetAddress address;
  private final Clock clock;
  private final LongUnaryOperator jitter;
  private final Backoff backoff;
  private final Pause pause = new Pause();
  private int failures;
  private final Thread thread;
  private String said = "";

  private LeaseRenewal(
      FleetApi api, FleetAddress address, Clock clock, Backoff backoff, LongUnaryOperator jitter) {
    this.api = api;
    this.address = address;
    this.clock = clock;
    this.jitter = jitter;
    this.backoff = backoff;
    this.thread = Thread.ofVirtual().name("heartbeat").unstarted(this::run);
  }

  /** Begins to renew. */
  public static LeaseRenewal start(
      FleetApi api, FleetAddress address, Clock clock, Backoff backoff, LongUnaryOperator jitter) {
    var heartbeat = new LeaseRenewal(api, address, clock, backoff, jitter);
    heartbeat.thread.start();
    return heartbeat;
  }

  private void run() {
    try {
      while (true) {
        pause.await(beat());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Renews once; how long to wait then. */
  private Duration beat() throws InterruptedException {
    Node patch =
        Json.object(
            "spec",
            Json.object(
                "renewTime", MICROS.format(clock.instant()), "holderIdentity", address.device()));
    return switch (api.patch(address.lease(), patch)) {
      case ApiAnswer.Success(var lease) -> {
        tell("");
        failures = 0;
        yield interval(lease);
      }
      case ApiAnswer.Failure failure -> {
        tell(failure.problem());
        yield backoff.after(++failures, jitter).plus(failure.retryAfter());
      }
    };
  }

  private void tell(String problem) {
    if (!problem.equals(said)) {
      said = problem;
      if (said.isEmpty()) {
        LOG.info("lease={} action=renewed", address.device());
      } else {
        LOG.warn("lease={} action=renew {}", address.device(), said);
      }
    }
  }

  private record Lease(Spec spec) {}

  private record Spec(long leaseDurationSeconds) {}

  /** A third of the lease, a tenth more or less. */
  private Duration interval(Node lease) {
    long seconds = NodeBinder.readLenient(Lease.class, lease).spec().leaseDurationSeconds();
    long lasts = seconds <= 0 ? USUAL_LEASE : Math.clamp(seconds, SHORTEST_LEASE, LONGEST_LEASE);
    long third = lasts * 1_000 / 3;
    return Duration.ofMillis(third - third / 10 + jitter.applyAsLong(Math.max(1, third / 5)));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
