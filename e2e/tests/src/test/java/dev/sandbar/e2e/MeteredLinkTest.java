package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.device.fleet.LinkUse;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.reconcile.FleetControl;
import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A device whose owner pays for each byte, against a real API server. */
class MeteredLinkTest {
  private static final Logger LOG = LoggerFactory.getLogger(MeteredLinkTest.class);
  private static final String SLEEPS = "run: {command: [/usr/bin/sleep, infinity]}";
  private static final int APPS = 20;
  private static final Duration NEVER = Duration.ofHours(1);

  /** One that ends sooner counts as a server that cannot be watched. */
  private static final Duration SHORTEST = Duration.ofSeconds(6);

  /** More of them make the figure no better, only surer. */
  private static final Duration WINDOW =
      Duration.ofSeconds(Integer.getInteger("sandbar.rest.seconds", 30));

  private static void soon(ThrowingRunnable assertion) {
    await().atMost(Apps.SOON).pollInterval(Duration.ofMillis(200)).untilAsserted(assertion);
  }

  private static FleetMember member(ApiServer api, String name) throws Exception {
    FleetMember member = FleetMember.enrol(api, api.newNamespace("metered"), name);
    for (int i = 0; i < APPS; i++) {
      member.with("app-" + i, 1, SLEEPS);
    }
    return member.publish();
  }

  /** Bytes in a window, once nothing but what repeats is under way. */
  private record Counted(long bytes, int renewals, int watches, int others) {
    static Counted window(FleetMember member, LinkMeter meter, Duration length) throws Exception {
      var before = now(member, meter);
      // The window is what is measured: so long, no more and no less.
      Thread.sleep(length);
      var after = now(member, meter);
      return new Counted(
          after.bytes - before.bytes,
          after.renewals - before.renewals,
          after.watches - before.watches,
          after.others - before.others);
    }

    private static Counted now(FleetMember member, LinkMeter meter) {
      return new Counted(
          member.network().bytes(), meter.renewals(), meter.watches(), meter.others());
    }
  }

  /**
   * A day is what its heartbeats cost and what its watches cost, each measured by itself, often;
   * and nothing else, which is measured too.
   */
  @Test
  void aDayAtRestCostsLessThan100Kib(@KubernetesApi ApiServer api, @TempDir Path folder)
      throws Exception {
    // Side by side, each by a member of its own: almost all of it is waiting.
    try (var side = Executors.newVirtualThreadPerTaskExecutor()) {
      var beats = side.submit(() -> heartbeats(api, folder.resolve("beats")));
      var watches = side.submit(() -> watches(api, folder.resolve("watches")));
      var rests = side.submit(() -> rest(api, folder.resolve("rest")));
      double first = beats.get().first();
      double heartbeat = beats.get().each();
      double watch = watches.get();
      long rest = rests.get();
      // A tenth sooner than every 30 minutes, and the shortest of watches: the most it can be.
      double most = 86_400 / 1_620.0 * heartbeat + 24 * watch;
      double usual = 48 * heartbeat + 16 * watch;
      LOG.info(
          "rest=metered heartbeat={} watch={} besides={} day-KiB={} most-KiB={} start-KiB={}",
          Math.round(heartbeat),
          Math.round(watch),
          rest,
          "%.1f".formatted(usual / 1024),
          "%.1f".formatted(most / 1024),
          "%.1f".formatted(first / 1024));
      assertThat(most / 1024).isLessThan(100);
    }
  }

  private record Beats(double first, double each) {}

  private static Beats heartbeats(ApiServer api, Path folder) throws Exception {
    var beating = new LinkUse(6, Duration.ofSeconds(1), NEVER, false);
    try (FleetMember member = member(api, "beats");
        var meter = new LinkMeter(member.link(beating), folder)) {
      soon(() -> assertThat(meter.renewals()).isGreaterThan(2));
      double first = member.network().bytes();
      Counted seen = Counted.window(member, meter, WINDOW);
      assertThat(seen.renewals()).isGreaterThan(5);
      assertThat(seen.watches() + seen.others()).isZero();
      return new Beats(first, seen.bytes() / (double) seen.renewals());
    }
  }

  private static double watches(ApiServer api, Path folder) throws Exception {
    var watching = new LinkUse(3_600, Duration.ofSeconds(1), SHORTEST, false);
    try (FleetMember member = member(api, "watches");
        var meter = new LinkMeter(member.link(watching), folder)) {
      soon(() -> assertThat(meter.renewals()).isEqualTo(2));
      soon(() -> assertThat(meter.watches()).isPositive());
      Counted seen = Counted.window(member, meter, WINDOW);
      assertThat(seen.watches()).isGreaterThan(3);
      assertThat(seen.renewals() + seen.others()).isZero();
      return seen.bytes() / (double) seen.watches();
    }
  }

  private static long rest(ApiServer api, Path folder) throws Exception {
    try (FleetMember member = member(api, "rest");
        var meter = new LinkMeter(member.link(LinkUse.METERED), folder)) {
      soon(() -> assertThat(meter.generation()).isEqualTo(1));
      soon(() -> assertThat(meter.renewals()).isEqualTo(1));
      // What the first exchange brings with it.
      Counted.window(member, meter, Duration.ofSeconds(2));
      Counted seen = Counted.window(member, meter, Duration.ofSeconds(30));
      assertThat(seen).isEqualTo(new Counted(0, 0, 0, 0));
      return seen.bytes();
    }
  }

  @Test
  void aChangeArrivesAtOnceOrWithTheNextHeartbeat(
      @KubernetesApi ApiServer api, @TempDir Path folder) throws Exception {
    try (FleetMember member = member(api, "news");
        var meter =
            new LinkMeter(
                member.link(new LinkUse(60, Duration.ofSeconds(1), NEVER, false)), folder)) {
      soon(() -> assertThat(meter.renewals()).isEqualTo(2));
      soon(() -> assertThat(meter.generation()).isEqualTo(1));
      long begun = System.nanoTime();
      member.with("app-0", 2, SLEEPS + ", permissions: {state: true}").publish();
      soon(() -> assertThat(meter.generation()).isEqualTo(2));
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("the connection lives")
          .isLessThan(Duration.ofSeconds(10));

      int renewed = meter.renewals();
      member.network().forgetConnections();
      member.with("app-0", 3, SLEEPS).publish();
      soon(() -> assertThat(meter.generation()).isEqualTo(3));
      assertThat(meter.renewals()).as("found by a heartbeat").isGreaterThan(renewed);
    }
  }

  /**
   * Its Lease is left as it is, people see how old what they see can be, and there is a way back.
   */
  @Test
  void theOperatorKnowsThatItIsHeardOfRarely(@KubernetesApi ApiServer api, @TempDir Path folder)
      throws Exception {
    var fatal = new CopyOnWriteArrayList<String>();
    String namespace = api.newNamespace("metered");
    try (FleetMember member = FleetMember.enrol(api, namespace, "rare");
        KubernetesClient client =
            Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
        FleetControl operator = operator(client, namespace, fatal)) {
      member.publish();
      operator.start();
      soon(() -> assertThat(lease(api, namespace)).as("as for a small fleet").isEqualTo("30"));
      try (var meter = new LinkMeter(member.link(LinkUse.METERED), folder.resolve("metered"))) {
        soon(() -> assertThat(meter.renewals()).isEqualTo(1));
        soon(() -> assertThat(ready(api, namespace)).contains("metered: seen every 30 min"));
        // It has been seen, and every second the operator sets what it does not like.
        await()
            .during(Duration.ofSeconds(5))
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(lease(api, namespace)).isEqualTo("5400"));
      }
      try (var meter = new LinkMeter(member.link(LinkUse.USUAL), folder.resolve("usual"))) {
        soon(() -> assertThat(meter.renewals()).isGreaterThan(1));
        soon(() -> assertThat(lease(api, namespace)).isEqualTo("30"));
        soon(() -> assertThat(ready(api, namespace)).doesNotContain("metered"));
      }
      assertThat(fatal).isEmpty();
    }
  }

  private static FleetControl operator(
      KubernetesClient client, String namespace, CopyOnWriteArrayList<String> fatal) {
    return new FleetControl(
        client,
        Clock.systemUTC(),
        new OperatorMetrics(new SimpleMeterRegistry(), () -> true),
        new FleetControl.Settings(Set.of(namespace), namespace, "test-operator", 4),
        () -> true,
        _ -> {},
        (_, _) -> {},
        _ -> {},
        fatal::add);
  }

  private static String lease(ApiServer api, String namespace) {
    return api.kubectl(
            "get", "lease", "rare", "-n", namespace, "-o", "jsonpath={.spec.leaseDurationSeconds}")
        .stdout();
  }

  private static String ready(ApiServer api, String namespace) {
    return api.kubectl("get", "device", "rare", "-n", namespace, "-o", "wide").stdout();
  }
}
