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

  private final FleetApi api;
  private final FleetAddress address;
  private final Clock clock;
  private final LongUnaryOperator jitter;
  private final Backoff backoff;
  private final LeaseTerm term;
  private final Refusal refusal;
  private final Pause pause = new Pause();
  private int failures;
  private final Thread thread;
  private String said = "";

  /** Hears that the server does not let this device renew its Lease. */
  public interface Refusal {
    /** Each time. */
    void refused() throws InterruptedException;
  }

  private LeaseRenewal(
      FleetApi api,
      FleetAddress address,
      Clock clock,
      Backoff backoff,
      LinkUse use,
      LongUnaryOperator jitter,
      Refusal refusal) {
    this.refusal = refusal;
    this.api = api;
    this.address = address;
    this.clock = clock;
    this.jitter = jitter;
    this.backoff = backoff;
    this.term = new LeaseTerm(use, jitter);
    this.thread = Thread.ofVirtual().name("heartbeat").unstarted(this::run);
  }

  /** Begins to renew. */
  public static LeaseRenewal start(
      FleetApi api,
      FleetAddress address,
      Clock clock,
      Backoff backoff,
      LinkUse use,
      LongUnaryOperator jitter,
      Refusal refusal) {
    var heartbeat = new LeaseRenewal(api, address, clock, backoff, use, jitter, refusal);
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
    return switch (api.patch(address.lease(), patch())) {
      case ApiAnswer.Success(var lease) -> {
        tell("");
        failures = 0;
        yield term.answered(
            NodeBinder.readLenient(Lease.class, lease).spec().leaseDurationSeconds());
      }
      case ApiAnswer.Failure failure -> {
        tell(failure.problem());
        if (FleetApi.refuses(failure)) {
          refusal.refused();
        }
        yield backoff.after(++failures, jitter).plus(failure.retryAfter());
      }
    };
  }

  private Node patch() {
    String time = MICROS.format(clock.instant());
    return Json.object(
        "spec",
        term.asks() > 0
            ? Json.object(
                "renewTime",
                time,
                "holderIdentity",
                address.device(),
                "leaseDurationSeconds",
                term.asks())
            : Json.object("renewTime", time, "holderIdentity", address.device()));
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

  @Override
  public void close() {
    thread.interrupt();
  }
}
