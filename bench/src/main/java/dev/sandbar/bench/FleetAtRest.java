package dev.sandbar.bench;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What a fleet costs in which nothing changes. */
final class FleetAtRest {
  private static final long FLOOR_SECONDS = 20;
  private static final long SECONDS = 60;
  private static final long PATIENCE_SECONDS = 900;

  private final Cluster cluster;
  private final ApiConnections api;
  private final MeasuredOperator operator;
  private final List<LightAgent> agents;

  FleetAtRest(
      Cluster cluster, ApiConnections api, MeasuredOperator operator, List<LightAgent> agents) {
    this.cluster = cluster;
    this.api = api;
    this.operator = operator;
    this.agents = agents;
  }

  /** What the control plane costs before there is a device. */
  void floor() throws Exception {
    double before = cpu();
    long began = System.nanoTime();
    TimeUnit.SECONDS.sleep(FLOOR_SECONDS);
    Report.say(
        "fleet: API server and etcd before there is a device: %.1f %% of a core; load %s",
        100 * (cpu() - before) / seconds(began), Report.load());
  }

  /** Waits until every device has heard how often the operator wants to hear of it. */
  void awaitPace() throws Exception {
    long began = System.nanoTime();
    while (seconds(began) < PATIENCE_SECONDS) {
      long longest = agents.stream().mapToLong(LightAgent::leaseSeconds).max().orElseThrow();
      if (agents.stream().allMatch(it -> it.leaseSeconds() == longest)) {
        Report.say("fleet: all have Leases of %d s after %.0f s more", longest, seconds(began));
        return;
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    Report.say("fleet: not all devices have slowed down within %d s", PATIENCE_SECONDS);
  }

  /** Nothing changes: nothing but Leases is written. */
  void steady() throws Exception {
    Traffic before = Traffic.now(api);
    double server = cpu();
    double own = Processes.cpu(operator.pid());
    long began = System.nanoTime();
    TimeUnit.SECONDS.sleep(SECONDS);
    Traffic more = Traffic.now(api).since(before);
    double time = seconds(began);
    Report.say(
        "fleet: %.0f s without a change: %d writes of Leases, %.1f a second; %s",
        time, more.writes(true), more.writes(true) / time, more);
    Report.goal("fleet: - writes of anything else", more.writes(false), "", 0);
    double share = 100 * (cpu() - server) / time;
    Report.say(
        "fleet: - API server and etcd %.1f %%, operator %.1f %% of a core; load %s",
        share, 100 * (Processes.cpu(operator.pid()) - own) / time, Report.load());
    double without = withoutLeases();
    Report.goal(
        "fleet: - of which Leases, API server and etcd, share of a core", share - without, "%", 20);
  }

  /** The share of API server and etcd while no device is reachable, for less than any is missed. */
  private double withoutLeases() throws Exception {
    long third = agents.stream().mapToLong(LightAgent::leaseSeconds).min().orElseThrow() / 3;
    agents.forEach(it -> it.silent(true));
    try {
      // What is under way ends first.
      TimeUnit.SECONDS.sleep(1);
      double server = cpu();
      long began = System.nanoTime();
      TimeUnit.SECONDS.sleep(Math.min(SECONDS, third * 3 / 4));
      double share = 100 * (cpu() - server) / seconds(began);
      Report.say(
          "fleet: - API server and etcd without any Lease for %.0f s: %.1f %% of a core; load %s",
          seconds(began), share, Report.load());
      return share;
    } finally {
      agents.forEach(it -> it.silent(false));
    }
  }

  private double cpu() throws IOException {
    return cluster.cpu() + Processes.cpu(Objects.requireNonNull(cluster.api.pids().get("etcd")));
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
