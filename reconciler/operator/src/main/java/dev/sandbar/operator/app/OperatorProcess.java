package dev.sandbar.operator.app;

import dev.sandbar.operator.gitsource.Hooks;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.report.Endpoints;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of the operator: serves its ports, waits to be the leader, works, and ends. A process
 * that has lost its Lease ends and is started anew, because nothing that it has decided on before
 * may be carried over.
 */
final class OperatorProcess {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorProcess.class);
  private static final int ELECTION_TIMEOUT_MS = 2_000;
  private static final int STOP_SECONDS = 20;

  private final Config config;
  private final OperatorOptions options;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final CompletableFuture<Integer> end = new CompletableFuture<>();
  private final CompletableFuture<Boolean> elected = new CompletableFuture<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile @Nullable Leadership leadership;
  private volatile @Nullable Wiring wiring;

  private final LeaderProgress progress =
      new LeaderProgress(
          System::nanoTime,
          () -> Optional.ofNullable(wiring).map(Wiring::isStarting).orElse(false),
          () -> Optional.ofNullable(wiring).map(Wiring::trouble).orElse(""));

  OperatorProcess(Config config, OperatorOptions options) {
    this.config = config;
    this.options = options;
  }

  /** Works until {@link #stop} or the loss of the Lease; gives the exit code. */
  int run() throws InterruptedException {
    var metrics = new OperatorMetrics(registry, this::leads);
    Map<String, Interceptor> interceptors = new LinkedHashMap<>();
    interceptors.put("fence", new Fence(this::leads));
    interceptors.put("count", new RequestCount(metrics));
    try (KubernetesClient client = Clients.working(config, interceptors);
        KubernetesClient election = Clients.electing(config, ELECTION_TIMEOUT_MS);
        KubernetesClient reviews =
            Clients.working(config, Map.of("count", new RequestCount(metrics)));
        Endpoints http = serve(reviews);
        Endpoints probes = serveProbes();
        KubernetesClient pushes =
            Clients.working(
                config, Map.of("pushes", new PushFence(), "count", new RequestCount(metrics)));
        Hooks hooks = hooks(pushes)) {
      LOG.info(
          "action=start server={} port={} probes={} webhook={} namespaces={} identity={}",
          config.getMasterUrl(),
          http.address().getPort(),
          probes.address().getPort(),
          hooks.port(),
          options.namespaces().isEmpty() ? "all" : options.namespaces(),
          options.identity());
      elect(election);
      Object _ = CompletableFuture.anyOf(elected, end).join();
      if (!end.isDone()) {
        work(client, metrics, hooks);
      }
      return end.join();
    } catch (RuntimeException e) {
      end.complete(1);
      throw e;
    } finally {
      done.countDown();
    }
  }

  private void work(KubernetesClient client, OperatorMetrics metrics, Hooks hooks) {
    try (var work =
        new Wiring(
            client,
            Clock.systemUTC(),
            registry,
            metrics,
            options,
            this::leads,
            this::fail,
            hooks::lead)) {
      wiring = work;
      work.start(end::isDone);
      int _ = end.join();
    } finally {
      Optional.ofNullable(leadership).ifPresent(Leadership::close);
    }
  }

  private void fail(String reason) {
    LOG.error("action=end reason={}", reason);
    end.complete(1);
  }

  /** On loopback to everybody there; where others reach it, to whom the API server lets in. */
  private Endpoints serve(KubernetesClient reviews) {
    var address = new InetSocketAddress(options.listen(), options.metricsPort());
    try {
      return !address.isUnresolved() && address.getAddress().isLoopbackAddress()
          ? Endpoints.start(address, false, registry::scrape, this::liveness, this::readiness)
          : Endpoints.startGuarded(
              address,
              MetricsTls.context(Instant.now()),
              new MetricsGuard(reviews, System::nanoTime),
              registry::scrape,
              this::liveness,
              this::readiness);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartException(
          "cannot listen on " + address + ": " + OneLine.of(e),
          "choose another port with --metrics-port, or another address with --listen");
    }
  }

  private Endpoints serveProbes() {
    var address = new InetSocketAddress(options.listen(), options.probePort());
    try {
      return Endpoints.startProbes(address, this::liveness, this::readiness);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartException(
          "cannot listen on " + address + ": " + OneLine.of(e),
          "choose another port with --probe-port, or another address with --listen");
    }
  }

  private Hooks hooks(KubernetesClient client) {
    var address = new InetSocketAddress(options.listen(), options.webhookPort());
    try {
      return Hooks.start(client, Clock.systemUTC(), registry, options.namespaces(), address);
    } catch (IOException e) {
      throw new StartException(
          "cannot listen on " + address + ": " + OneLine.of(e),
          "choose another port with --webhook-port, or another address with --listen");
    }
  }

  private String liveness() {
    return end.isDone() ? "ending" : "";
  }

  /** A process that waits for its turn is ready to take over, and says so. */
  private String readiness() {
    String complaint = Optional.ofNullable(wiring).map(Wiring::complaint).orElse("");
    return complaint.isEmpty() ? progress.complaint() : complaint;
  }

  private boolean leads() {
    return !options.leaderElect()
        || Optional.ofNullable(leadership).map(Leadership::holds).orElse(false);
  }

  private void elect(KubernetesClient client) {
    if (!options.leaderElect()) {
      elected.complete(true);
      return;
    }
    var election =
        new Leadership(
            client,
            Leadership.Settings.of(options.leaseNamespace(), options.identity()),
            Clock.systemUTC(),
            System::nanoTime,
            new Leadership.Listener() {
              @Override
              public void elected() {
                elected.complete(true);
              }

              @Override
              public void lost(String why) {
                fail(why);
              }
            },
            progress);
    leadership = election;
    election.start();
  }

  /** Ends the work in hand, lets the Lease go, and gives the exit code when that is done. */
  int stop() {
    end.complete(0);
    try {
      if (!done.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("action=stop reason=not ended within {} s", STOP_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return end.getNow(0);
  }
}
