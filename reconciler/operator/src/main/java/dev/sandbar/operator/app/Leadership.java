package dev.sandbar.operator.app;

import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Elects one of several operators by a Lease.
 *
 * <ol>
 *   <li>Nobody holds it, or its holder has let it go: take it.
 *   <li>Somebody else holds it: remember when its resourceVersion was first seen here; take it when
 *       that was a lease duration ago.
 *   <li>It is older than it was: the server's store was restored from a backup. That is the end,
 *       for whoever leads and whoever waits, because no watch goes on from there.
 *   <li>We hold it: renew it every retry period. After the renew deadline without success we do not
 *       act as the leader, before anybody else can. When the server is back and our name still
 *       stands in the Lease, we go on; if not, that is the end.
 * </ol>
 *
 * <p>A leader whose work makes no {@link LeaderProgress} lets it go.
 *
 * <p>Every write carries the resourceVersion that was decided on, so that of two takers one fails.
 * Time is measured by the process's own steady clock and never compared with what stands in the
 * Lease: clocks of other machines may be wrong by days.
 */
final class Leadership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final KubernetesClient client;
  private final Writes writes;
  private final Settings settings;
  private final Clock wall;
  private final LongSupplier nanos;
  private final Listener listener;
  private final LeaderProgress progress;
  private final ReentrantLock round = new ReentrantLock();

  private String seenVersion = "";
  private long seenAt;
  private volatile long renewedAt;
  private volatile State state = State.WAITING;

  private enum State {
    WAITING,
    LEADING,
    ENDED
  }

  /**
   * How.
   *
   * @param identity of this process, unlike that of any other
   * @param duration after which a silent leader is replaced
   * @param deadline after which a leader that cannot renew gives up
   * @param retry between two looks
   */
  record Settings(
      String namespace,
      String name,
      String identity,
      Duration duration,
      Duration deadline,
      Duration retry) {
    static final String NAME = "sandbar-operator";

    static Settings of(String namespace, String identity) {
      return new Settings(
          namespace,
          NAME,
          identity,
          Duration.ofSeconds(10),
          Duration.ofSeconds(7),
          Duration.ofSeconds(2));
    }
  }

  /** Called when it changes; both at most once. */
  interface Listener {
    void elected();

    void lost(String why);
  }

  Leadership(
      KubernetesClient client,
      Settings settings,
      Clock wall,
      LongSupplier nanos,
      Listener listener,
      LeaderProgress progress) {
    this.client = client;
    this.writes = new Writes(client);
    this.settings = settings;
    this.wall = wall;
    this.nanos = nanos;
    this.listener = listener;
    this.progress = progress;
  }

  /** Whether this process may write now. */
  boolean holds() {
    return state == State.LEADING && nanos.getAsLong() - renewedAt < settings.deadline().toNanos();
  }

  void start() {
    Thread _ = Thread.ofPlatform().name("leadership").daemon().start(this::run);
  }

  private void run() {
    while (state != State.ENDED) {
      round();
      try {
        Thread.sleep(settings.retry());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void round() {
    State before = state;
    round.lock();
    try {
      if (state == State.ENDED) {
        return;
      }
      long start = nanos.getAsLong();
      try {
        if (attempt(start)) {
          renewedAt = start;
          state = State.LEADING;
          letGoIfStuck();
        }
      } catch (KubernetesClientException e) {
        progress.outage();
        LOG.warn("lease={} action=retry reason={}", settings.name(), OneLine.of(e));
      }
    } finally {
      round.unlock();
    }
    if (before == State.WAITING && state == State.LEADING) {
      LOG.info("lease={} action=lead identity={}", settings.name(), settings.identity());
      listener.elected();
    }
  }

  /** Another process may do what this one does not. */
  private void letGoIfStuck() {
    String stuck = progress.stuck();
    if (!stuck.isEmpty()) {
      LOG.warn("lease={} action=resign reason={}", settings.name(), stuck);
      // First: nothing may be written once another process can have it.
      state = State.ENDED;
      release();
      listener.lost(stuck);
    }
  }

  /** Tries to hold the lease from now on. */
  private boolean attempt(long now) {
    Optional<Lease> known = known();
    if (known.isEmpty() && state == State.LEADING) {
      resign("deleted");
      return false;
    }
    if (known.isEmpty()) {
      return written(() -> writes.create(fresh()));
    }
    Lease lease = known.get();
    String holder = holder(lease).orElse("");
    boolean ours = holder.equals(settings.identity());
    String version = lease.getMetadata().getResourceVersion();
    if (isOlder(version, seenVersion)) {
      // Versions only grow: what this process knows of the server is of a time that never was.
      resign("the server's store was restored from a backup");
      return false;
    }
    // However long we were away: only we write our name, so nobody else was the leader meanwhile.
    if (state == State.LEADING && !ours) {
      resign("taken by " + holder);
      return false;
    }
    if (!version.equals(seenVersion)) {
      seenVersion = version;
      seenAt = now;
    }
    boolean expired = now - seenAt >= settings.duration().toNanos();
    if (!ours && !holder.isEmpty() && !expired) {
      return false;
    }
    Lease next = next(lease, ours);
    return written(() -> writes.update(next));
  }

  private static boolean isOlder(String version, String seen) {
    try {
      return !seen.isEmpty() && Long.parseLong(version) < Long.parseLong(seen);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private void resign(String reason) {
    LOG.warn("lease={} action=resign reason={}", settings.name(), reason);
    state = State.ENDED;
    listener.lost("the Lease is lost: " + reason);
  }

  private interface Write {
    Lease run();
  }

  private boolean written(Write write) {
    try {
      Lease written = write.run();
      seenVersion = written.getMetadata().getResourceVersion();
      return true;
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) == ApiFailure.CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  private Optional<Lease> known() {
    return Optional.ofNullable(client.resource(fresh()).get());
  }

  private Lease fresh() {
    return new LeaseBuilder()
        .withMetadata(
            new ObjectMetaBuilder()
                .withNamespace(settings.namespace())
                .withName(settings.name())
                .build())
        .withSpec(spec(0))
        .build();
  }

  private Lease next(Lease lease, boolean ours) {
    Optional<LeaseSpec> old = Optional.ofNullable(lease.getSpec());
    int transitions = old.map(LeaseSpec::getLeaseTransitions).orElse(0);
    LeaseSpec spec = spec(ours ? transitions : transitions + 1);
    if (ours) {
      old.map(LeaseSpec::getAcquireTime).ifPresent(spec::setAcquireTime);
    }
    return new LeaseBuilder(lease).withSpec(spec).build();
  }

  private LeaseSpec spec(int transitions) {
    var spec = new LeaseSpec();
    ZonedDateTime now = wall.instant().atZone(ZoneOffset.UTC);
    spec.setHolderIdentity(settings.identity());
    spec.setLeaseDurationSeconds((int) settings.duration().toSeconds());
    spec.setAcquireTime(now);
    spec.setRenewTime(now);
    spec.setLeaseTransitions(transitions);
    return spec;
  }

  private static Optional<String> holder(Lease lease) {
    return Optional.ofNullable(lease.getSpec()).map(LeaseSpec::getHolderIdentity);
  }

  /** Lets the lease go, so that another operator need not wait for its end. */
  @Override
  public void close() {
    round.lock();
    try {
      boolean held = holds();
      state = State.ENDED;
      if (held) {
        release();
      }
    } finally {
      round.unlock();
    }
  }

  private void release() {
    try {
      Optional<Lease> ours =
          known().filter(it -> holder(it).equals(Optional.of(settings.identity())));
      if (ours.isPresent()) {
        LeaseSpec spec = ours.get().getSpec();
        spec.setHolderIdentity("");
        spec.setLeaseDurationSeconds(1);
        var _ = writes.update(ours.get());
        LOG.info("lease={} action=release", settings.name());
      }
    } catch (KubernetesClientException e) {
      LOG.warn("lease={} action=release failed={}", settings.name(), OneLine.of(e));
    }
  }
}
