package dev.sandbar.e2e;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.agent.FleetLink;
import dev.sandbar.device.fleet.BundleCopy;
import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.FleetApi;
import dev.sandbar.device.fleet.FollowerListener;
import dev.sandbar.device.fleet.LeaseRenewal;
import dev.sandbar.device.report.AgentMetrics.FleetRequest;
import dev.sandbar.device.store.StateStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the agent asks an API server while nothing happens, by the agent's own code, counted. */
final class LinkMeter implements AutoCloseable {
  private final AtomicInteger renewals = new AtomicInteger();
  private final AtomicInteger watches = new AtomicInteger();
  private final AtomicInteger others = new AtomicInteger();
  private final AtomicLong generation = new AtomicLong();
  private final BundleFollower follower;
  private final LeaseRenewal heartbeat;

  /** Begins to follow, without any chance in its times. */
  LinkMeter(FleetLink link, Path state) {
    var api = new FleetApi(link.api(), Clock.systemUTC(), new Count());
    Backoff backoff = link.timing().backoff();
    follower =
        new BundleFollower(
            api,
            link.address(),
            new StateStore(state),
            link.timing(),
            link.use(),
            bound -> 0,
            new Heard());
    heartbeat =
        LeaseRenewal.start(
            api,
            link.address(),
            Clock.systemUTC(),
            backoff,
            link.use(),
            bound -> bound / 2,
            follower::doubt);
    follower.start();
  }

  private final class Count implements FleetApi.Witness {
    @Override
    public void exchanged(FleetRequest kind, boolean good) {
      switch (kind) {
        case PATCH -> renewals.incrementAndGet();
        case WATCH -> watches.incrementAndGet();
        case GET, POST -> others.incrementAndGet();
      }
    }

    @Override
    public void turned() {}

    @Override
    public void returned() {
      follower.hurry();
    }
  }

  private final class Heard implements FollowerListener {
    @Override
    public void bundle(BundleCopy copy) {
      generation.set(copy.generation());
    }

    @Override
    public void asked(String problem) {}

    @Override
    public void reported(Node status) {}

    @Override
    public void query(String uid) {}

    @Override
    public void missing() {}

    @Override
    public void restored(long before, long now) {}
  }

  /** Renewals that were answered. */
  int renewals() {
    return renewals.get();
  }

  /** Watches that are over. */
  int watches() {
    return watches.get();
  }

  /** Reads, and whatever else there was. */
  int others() {
    return others.get();
  }

  /** The generation of the bundle that came last; 0 if none has. */
  long generation() {
    return generation.get();
  }

  @Override
  public void close() {
    heartbeat.close();
    follower.close();
  }
}
