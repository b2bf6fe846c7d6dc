package dev.sandbar.device.report;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.device.broker.BrokerSink;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The numbers of the agent, as {@link MetricCatalog} names them. Safe for several threads. */
public final class AgentMetrics implements AutoCloseable {

  /** Ten buckets from 10 ms to 30 min, each about four times the one before, as Flux has them. */
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(10),
    Duration.ofMillis(40),
    Duration.ofMillis(150),
    Duration.ofMillis(600),
    Duration.ofMillis(2_200),
    Duration.ofMillis(8_500),
    Duration.ofSeconds(32),
    Duration.ofSeconds(120),
    Duration.ofSeconds(465),
    Duration.ofMinutes(30)
  };

  private final MeterRegistry registry;
  private final Supplier<String> text;
  private final Map<Outcome, Timer> reconciliations = new EnumMap<>(Outcome.class);
  private final Map<Outcome, Counter> corrections = new EnumMap<>(Outcome.class);
  private final Map<Layer, Counter> detections = new EnumMap<>(Layer.class);
  private final Map<AppState, AtomicInteger> apps = new EnumMap<>(AppState.class);
  private final Map<Enforcement, AtomicInteger> directives = new EnumMap<>(Enforcement.class);
  private final Counter fights;
  private final AtomicLong lastSync = new AtomicLong();
  private final AtomicInteger fleetConnected = new AtomicInteger();
  private final AtomicLong fleetContact = new AtomicLong();
  private final Map<String, Series> drifted = new HashMap<>();
  private final List<Meter> alertMeters = new ArrayList<>();

  private record Series(Gauge gauge, AtomicInteger value) {}

  /** How something ended. */
  public enum Outcome {
    SUCCESS,
    /** It is tried again. */
    FAILURE,
    /** It needs a person. */
    STALLED
  }

  /** How an app does. */
  public enum AppState {
    READY,
    RECONCILING,
    STALLED,
    FAILED
  }

  /** What was asked of an API server. */
  public enum FleetRequest {
    GET,
    POST,
    PATCH,
    WATCH
  }

  /** What was asked of a Git server. */
  public enum GitRequest {
    LS_REMOTE("ls-remote"),
    FETCH("fetch");

    private final String label;

    GitRequest(String label) {
      this.label = label;
    }
  }

  /** Such as can be scraped. */
  public AgentMetrics() {
    this(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
  }

  private AgentMetrics(PrometheusMeterRegistry registry) {
    this(registry, registry::scrape);
  }

  /** Of an agent that serves none: nothing is counted, nor loaded for it. */
  public static AgentMetrics unserved() {
    return new AgentMetrics(new CompositeMeterRegistry(), () -> "");
  }

  /** Every series that needs no app or destination begins at zero, so that rates work at once. */
  private AgentMetrics(MeterRegistry registry, Supplier<String> text) {
    this.registry = registry;
    this.text = text;
    for (Outcome outcome : Outcome.values()) {
      MetricCatalog duration = MetricCatalog.RECONCILE_DURATION;
      reconciliations.put(
          outcome,
          Timer.builder(duration.meterName())
              .description(duration.help())
              .tag("result", lower(outcome))
              .serviceLevelObjectives(BUCKETS)
              .register(registry));
      corrections.put(
          outcome, counter(MetricCatalog.DRIFT_CORRECTED, Tags.of("result", lower(outcome))));
    }
    for (Layer layer : Layer.values()) {
      detections.put(layer, counter(MetricCatalog.DRIFT_DETECTED, Tags.of("layer", lower(layer))));
    }
    for (AppState state : AppState.values()) {
      AtomicInteger value = new AtomicInteger();
      gauge(MetricCatalog.APPS, Tags.of("state", lower(state)), value);
      apps.put(state, value);
    }
    for (Enforcement result : Enforcement.values()) {
      AtomicInteger value = new AtomicInteger();
      gauge(MetricCatalog.DIRECTIVES, Tags.of("result", lower(result)), value);
      directives.put(result, value);
    }
    for (BrokerSink.Result result : BrokerSink.Result.values()) {
      brokerCounter(new BrokerSink.About.Nothing(), result);
      for (BrokeredVerb verb : BrokeredVerb.values()) {
        brokerCounter(new BrokerSink.About.Verb(verb), result);
      }
    }
    for (GitRequest request : GitRequest.values()) {
      gitCounter(request, true);
      gitCounter(request, false);
    }
    for (FleetRequest request : FleetRequest.values()) {
      fleetCounter(request, true);
      fleetCounter(request, false);
    }
    gauge(MetricCatalog.FLEET_CONNECTED, Tags.empty(), fleetConnected);
    time(MetricCatalog.FLEET_LAST_CONTACT, fleetContact);
    fights = counter(MetricCatalog.RESOURCE_FIGHTS, Tags.empty());
    time(MetricCatalog.LAST_SYNC, lastSync);
  }

  private void time(MetricCatalog metric, AtomicLong seconds) {
    Gauge.builder(metric.meterName(), seconds, AtomicLong::doubleValue)
        .description(metric.help())
        .baseUnit("seconds")
        .register(registry);
  }

  /** A reconciliation ended. */
  public void reconciled(Duration took, Outcome outcome) {
    timer(outcome).record(took);
  }

  private Timer timer(Outcome outcome) {
    Timer timer = reconciliations.get(outcome);
    if (timer == null) {
      throw new IllegalStateException("no timer for " + outcome);
    }
    return timer;
  }

  /** Whether an app is as declared. */
  public void drifted(String app, boolean drifted) {
    synchronized (this.drifted) {
      this.drifted.computeIfAbsent(app, this::series).value().set(drifted ? 1 : 0);
    }
  }

  private Series series(String app) {
    AtomicInteger value = new AtomicInteger();
    return new Series(gauge(MetricCatalog.DRIFTED, Tags.of("name", app), value), value);
  }

  /** An app is gone: its series end. */
  public void forget(String app) {
    synchronized (drifted) {
      Series series = drifted.remove(app);
      if (series != null) {
        registry.remove(series.gauge());
      }
    }
  }

  /** A drift was found. */
  public void driftDetected(Layer layer) {
    increment(detections.get(layer));
  }

  /** A correction ended. */
  public void driftCorrected(Outcome outcome) {
    increment(corrections.get(outcome));
  }

  /** Something undoes corrections again and again. */
  public void fight() {
    fights.increment();
  }

  /** An app has asked the agent to do something, and was answered. */
  public void brokered(BrokerSink.About about, BrokerSink.Result result) {
    brokerCounter(about, result).increment();
  }

  /** A request to the Git server ended. */
  public void gitRequest(GitRequest request, boolean success) {
    gitCounter(request, success).increment();
  }

  /** A request to the API server ended. */
  public void fleetRequest(FleetRequest request, boolean success) {
    fleetCounter(request, success).increment();
  }

  /** Whether the API server answers, and when it last did. */
  public void fleetContact(boolean connected, Instant last) {
    fleetConnected.set(connected ? 1 : 0);
    fleetContact.set(last.getEpochSecond());
  }

  /** The desired state was read from its source. */
  public void synced(Instant at) {
    lastSync.set(at.getEpochSecond());
  }

  /** How many apps are in each state; a state that is not named has none. */
  public void apps(Map<AppState, Integer> counts) {
    apps.forEach((state, value) -> value.set(counts.getOrDefault(state, 0)));
  }

  /** How many directives of all apps are shown to hold, and how many are not. */
  public void directives(Map<Enforcement, Integer> counts) {
    directives.forEach((result, value) -> value.set(counts.getOrDefault(result, 0)));
  }

  /** Shows the queues of this dispatcher, instead of those of an earlier one. */
  public void watch(AlertDispatcher dispatcher) {
    synchronized (alertMeters) {
      alertMeters.forEach(registry::remove);
      alertMeters.clear();
      for (AlertDispatcher.Status status : dispatcher.status()) {
        Tags tags = Tags.of("destination", status.destination());
        MetricCatalog length = MetricCatalog.ALERT_QUEUE_LENGTH;
        alertMeters.add(
            Gauge.builder(
                    length.meterName(),
                    dispatcher,
                    source -> of(source, status.destination()).waiting())
                .description(length.help())
                .tags(tags)
                .strongReference(true)
                .register(registry));
        MetricCatalog dropped = MetricCatalog.ALERTS_DROPPED;
        alertMeters.add(
            FunctionCounter.builder(
                    dropped.meterName(),
                    dispatcher,
                    source -> of(source, status.destination()).dropped())
                .description(dropped.help())
                .tags(tags)
                .register(registry));
      }
    }
  }

  private static AlertDispatcher.Status of(AlertDispatcher dispatcher, String destination) {
    return dispatcher.status().stream()
        .filter(status -> status.destination().equals(destination))
        .findFirst()
        .orElseThrow();
  }

  /** Everything in the Prometheus text format 0.0.4. */
  public String scrape() {
    return text.get();
  }

  @Override
  public void close() {
    registry.close();
  }

  private Counter brokerCounter(BrokerSink.About about, BrokerSink.Result result) {
    return counter(
        MetricCatalog.BROKER_REQUESTS, Tags.of("verb", about.word(), "result", lower(result)));
  }

  private Counter gitCounter(GitRequest request, boolean success) {
    return counter(
        MetricCatalog.GIT_REQUEST,
        Tags.of("request_type", request.label, "result", success ? "success" : "failure"));
  }

  private Counter fleetCounter(FleetRequest request, boolean success) {
    return counter(
        MetricCatalog.FLEET_REQUEST,
        Tags.of("request_type", lower(request), "result", success ? "success" : "failure"));
  }

  private Counter counter(MetricCatalog metric, Tags tags) {
    return Counter.builder(metric.meterName())
        .description(metric.help())
        .tags(tags)
        .register(registry);
  }

  private Gauge gauge(MetricCatalog metric, Tags tags, AtomicInteger value) {
    return Gauge.builder(metric.meterName(), value, AtomicInteger::doubleValue)
        .description(metric.help())
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private static void increment(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
