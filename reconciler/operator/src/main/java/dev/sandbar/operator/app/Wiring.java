package dev.sandbar.operator.app;

import dev.sandbar.core.fleet.LeaseDuration;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.operator.enrol.EnrolmentReconciler;
import dev.sandbar.operator.gitsource.GitSourceConfig;
import dev.sandbar.operator.gitsource.GitSources;
import dev.sandbar.operator.history.HistoryRecorder;
import dev.sandbar.operator.history.Observed;
import dev.sandbar.operator.history.OwnActs;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.reconcile.FleetControl;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the parts of a working operator, starts them in order, and ends them in reverse. */
public final class Wiring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);
  private static final Backoff RETRY =
      new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(10));
  private static final List<String> KINDS =
      List.of("appsandboxes", "devices", "devicebundles", "gitsources");

  private final KubernetesClient client;
  private final AppContents contents;
  private final Clock clock;
  private final MeterRegistry registry;
  private final OperatorMetrics metrics;
  private final OperatorOptions options;
  private final BooleanSupplier contact;
  private final Consumer<String> fatal;
  private final Consumer<GitSources> following;
  private final Deque<Part> running = new ConcurrentLinkedDeque<>();
  private volatile String complaint = "starting";

  /** The part that is being started; empty before and after. */
  private volatile String starting = "";

  /**
   * Something that runs until it is closed.
   *
   * @param trouble why it does not go on at this moment; empty if it does
   */
  private record Part(String name, AutoCloseable ending, Supplier<String> trouble) {}

  private interface Starting {
    Part start() throws Exception;
  }

  /**
   * Nothing runs yet.
   *
   * @param contact whether the API server is known to answer
   * @param fatal gets why the operator cannot go on
   * @param following is given the sources once they are followed
   */
  public Wiring(
      KubernetesClient client,
      Clock clock,
      MeterRegistry registry,
      OperatorMetrics metrics,
      OperatorOptions options,
      BooleanSupplier contact,
      Consumer<String> fatal,
      Consumer<GitSources> following) {
    this.client = client;
    this.contents = new AppContents(client);
    this.clock = clock;
    this.registry = registry;
    this.metrics = metrics;
    this.options = options;
    this.contact = contact;
    this.fatal = fatal;
    this.following = following;
  }

  /** Starts everything; waits for the API server and the kinds for as long as it takes. */
  public void start(BooleanSupplier stopped) {
    if (!awaitServer(stopped)) {
      return;
    }
    // One line for each part. A part reads its world before it returns from its start.
    parts();
    complaint = "";
    LOG.info("action=ready parts={}", running.reversed().stream().map(Part::name).toList());
  }

  private void parts() {
    var leaseSeconds = new AtomicInteger(LeaseDuration.leaseSeconds(0));
    var acts = new OwnActs(clock);
    var enrolment =
        new EnrolmentReconciler(
            client, clock, registry, leaseSeconds::get, options.namespaces(), acts, fatal);
    var observed = new ArrayList<Supplier<Optional<List<Observed>>>>();
    part("enrol", () -> enrol(enrolment));
    part("fleet", () -> fleet(enrolment, leaseSeconds::set, observed));
    part("gitsource", () -> sources(acts, observed));
    part("history", () -> history(acts, observed));
  }

  private static Part enrol(EnrolmentReconciler enrolment) {
    enrolment.start();
    return new Part("enrol", enrolment, enrolment::trouble);
  }

  private Part fleet(
      EnrolmentReconciler enrolment,
      IntConsumer leaseSeconds,
      List<Supplier<Optional<List<Observed>>>> observed) {
    var settings =
        new FleetControl.Settings(
            options.namespaces(),
            options.leaseNamespace(),
            options.identity(),
            options.concurrency(),
            options.values());
    var fleet =
        new FleetControl(
            client,
            contents,
            clock,
            metrics,
            settings,
            contact,
            enrolment::deviceSeen,
            enrolment::deviceGone,
            leaseSeconds,
            fatal);
    fleet.start();
    observed.add(fleet::observed);
    return new Part("fleet", fleet, fleet::trouble);
  }

  private GitSourceConfig gitSources() {
    return GitSourceConfig.of(options.namespaces(), options.cacheDirectory());
  }

  private Part history(OwnActs acts, List<Supplier<Optional<List<Observed>>>> observed) {
    var history = new HistoryRecorder(client, clock, acts, options.namespaces(), observed);
    history.start();
    return new Part("history", history, () -> "");
  }

  private Part sources(OwnActs acts, List<Supplier<Optional<List<Observed>>>> observed) {
    var sources = new GitSources(client, contents, acts, clock, registry, gitSources());
    sources.start();
    observed.add(sources::observed);
    following.accept(sources);
    return new Part("gitsource", sources, sources::trouble);
  }

  private void part(String name, Starting part) {
    this.starting = name;
    try {
      running.push(part.start());
    } catch (Exception e) {
      LOG.error("part={} action=start failed={}", name, OneLine.of(e), e);
      fatal.accept(name + " did not start");
    } finally {
      this.starting = "";
    }
  }

  private boolean awaitServer(BooleanSupplier stopped) {
    for (int attempts = 1; !stopped.getAsBoolean(); attempts++) {
      String missing = missing();
      if (missing.isEmpty()) {
        return true;
      }
      if (!missing.equals(complaint)) {
        LOG.warn("action=wait reason={}", missing);
        complaint = missing;
      }
      try {
        Thread.sleep(RETRY.after(attempts));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  private String missing() {
    try {
      List<String> names =
          Optional.ofNullable(client.getApiResources("sandbar.dev/v1alpha1")).stream()
              .flatMap(served -> served.getResources().stream())
              .map(APIResource::getName)
              .toList();
      List<String> absent = KINDS.stream().filter(kind -> !names.contains(kind)).toList();
      return absent.isEmpty()
          ? ""
          : "the server does not know "
              + String.join(", ", absent)
              + " of sandbar.dev/v1alpha1; install the kinds:"
              + " kubectl apply -f charts/sandbar/crds";
    } catch (KubernetesClientException e) {
      return "the API server does not answer: " + OneLine.of(e);
    }
  }

  /** Why the operator does not work yet; empty while it does. */
  public String complaint() {
    return complaint;
  }

  /** Whether a part reads its world. */
  boolean isStarting() {
    return !starting.isEmpty();
  }

  /** Why nothing goes on at this moment; empty if it does, and while the API server is awaited. */
  public String trouble() {
    String part = starting;
    return part.isEmpty()
        ? running.stream()
            .map(it -> it.trouble().get())
            .filter(it -> !it.isEmpty())
            .findFirst()
            .orElse("")
        : part + " has not read all that there is yet";
  }

  @Override
  public void close() {
    complaint = "ending";
    while (!running.isEmpty()) {
      Part part = running.pop();
      try {
        part.ending().close();
      } catch (Exception e) {
        LOG.warn("part={} action=stop failed={}", part.name(), OneLine.of(e));
      }
    }
  }
}
