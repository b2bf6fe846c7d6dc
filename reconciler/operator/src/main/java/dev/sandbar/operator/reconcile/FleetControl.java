package dev.sandbar.operator.reconcile;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.operator.publish.BundlePublisher;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks after devices and apps: follows what concerns them, and has every device reconciled. */
public final class FleetControl implements AutoCloseable {
  /** Label of a Lease that is the heartbeat of a device. */
  static final String LEASE_LABEL = "sandbar.dev/device";

  private static final Duration FIRST_LOOK = Duration.ofMillis(20);

  private final KubernetesClient client;
  private final Settings settings;
  private final Consumer<Device> seen;
  private final Consumer<String> fatal;
  private final Pool pool = new Pool();
  private final Fleet fleet = new Fleet();
  private final FactsTable facts = new FactsTable();
  private final Heartbeats heartbeats = new Heartbeats(System::nanoTime);
  private final EventRecorder events;
  private final AppStatusLoop apps;
  private final DeviceReconciler reconciler;
  private final SlimStore<Device> devices;
  private final FleetClock ticks;
  private volatile boolean closed;
  private @Nullable Mirror<GenericKubernetesResource> declared;
  private @Nullable Mirror<GenericKubernetesResource> bundles;
  private @Nullable Mirror<Lease> leases;
  private @Nullable Operator operator;

  /**
   * How.
   *
   * @param namespaces empty means all
   * @param identity of this process
   * @param concurrency devices that are worked on at once
   */
  public record Settings(Set<String> namespaces, String identity, int concurrency) {
    public Settings {
      namespaces = Set.copyOf(namespaces);
    }
  }

  /**
   * Nothing runs yet.
   *
   * @param contact whether the API server is known to answer
   * @param seen is shown every Device as the server sent it, new or changed
   * @param fatal is told why this cannot go on
   */
  public FleetControl(
      KubernetesClient client,
      Clock clock,
      OperatorMetrics metrics,
      Settings settings,
      BooleanSupplier contact,
      Consumer<Device> seen,
      Consumer<String> fatal) {
    this.client = client;
    this.seen = seen;
    this.settings = settings;
    this.fatal = fatal;
    var writes = new Writes(client);
    this.events = new EventRecorder(client, clock, settings.identity());
    this.apps = new AppStatusLoop(fleet, pool, writes, events, metrics, clock, System::nanoTime);
    this.reconciler =
        new DeviceReconciler(
            new DeviceReconciler.Parts(
                client,
                fleet,
                facts,
                new CompileCache(metrics::compiled),
                heartbeats,
                new BundlePublisher(writes, pool, metrics::bundleWrite),
                new DeviceStatusWriter(writes, events, heartbeats, clock),
                apps,
                metrics,
                clock),
            settings.concurrency());
    this.devices = new SlimStore<>(this::kept, true, reconciler::removed);
    this.ticks =
        new FleetClock(
            client,
            fleet,
            heartbeats,
            apps,
            metrics,
            reconciler::trigger,
            () -> contact.getAsBoolean() && leases != null && leases.isWatching());
  }

  /** Starts; returns once all apps, bundles and Leases are known and devices are looked at. */
  public void start() {
    declared =
        Mirror.of(
            generic(Writes.Kind.APP_SANDBOX),
            settings.namespaces(),
            "",
            Slim::version,
            new AppListener(fleet, pool, apps, reconciler::trigger),
            fatal);
    bundles =
        Mirror.of(
            generic(Writes.Kind.DEVICE_BUNDLE),
            settings.namespaces(),
            "",
            Slim::version,
            new BundleListener(),
            fatal);
    leases =
        Mirror.of(
            client.leases(),
            settings.namespaces(),
            LEASE_LABEL,
            Slim::version,
            new LeaseListener(),
            fatal);
    operator = devices();
    Thread _ = Thread.ofVirtual().name("first-look").start(this::afterFirstLook);
  }

  /** Of an app nothing can be said before each of its devices has been looked at. */
  private void afterFirstLook() {
    try {
      while (!closed && !reconciler.hasLookedAt(devices.values().map(Key::of).toList())) {
        Thread.sleep(FIRST_LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    apps.start();
    ticks.start();
  }

  private MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      generic(Writes.Kind kind) {
    return client.genericKubernetesResources(kind.context());
  }

  private Operator devices() {
    var made =
        new Operator(
            overrider ->
                overrider
                    .withKubernetesClient(client)
                    .withCloseClientOnStop(false)
                    .withUseSSAToPatchPrimaryResource(false)
                    .checkingCRDAndValidateLocalModel(false)
                    .withStopOnInformerErrorDuringStartup(false)
                    .withExecutorService(Executors.newVirtualThreadPerTaskExecutor())
                    .withReconciliationTerminationTimeout(Duration.ofSeconds(5))
                    .withInformerStoppedHandler(
                        (informer, failure) -> {
                          if (failure != null) {
                            fatal.accept(informer + " is no longer followed: " + failure);
                          }
                        }));
    RegisteredController<Device> _ = made.register(reconciler, this::configure);
    made.start();
    return made;
  }

  private void configure(ControllerConfigurationOverrider<Device> controller) {
    controller
        .withName("device")
        .withGenerationAware(false)
        .withItemStore(devices)
        .withOnUpdateFilter(this::matters)
        .withInformerListLimit(500L)
        .withRetry(
            new GenericRetry()
                .setInitialInterval(1_000)
                .setIntervalMultiplier(2)
                .setMaxInterval(30_000)
                .setMaxAttempts(-1));
    if (settings.namespaces().isEmpty()) {
      controller.watchingAllNamespaces();
    } else {
      controller.settingNamespaces(settings.namespaces());
    }
  }

  private Device kept(Device full) {
    seen.accept(full);
    return Slim.device(full, facts);
  }

  /** Of a status only the facts: everything else in it is what was made of it here. */
  private boolean matters(Device fresh, Device old) {
    Device now = Slim.device(fresh, facts);
    Device before = Slim.device(old, facts);
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(now.getMetadata().getLabels(), before.getMetadata().getLabels())
        || !Objects.equals(
            now.getMetadata().getAnnotations(), before.getMetadata().getAnnotations())
        || !Objects.equals(
            now.getMetadata().getDeletionTimestamp(), before.getMetadata().getDeletionTimestamp())
        || !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !Objects.equals(factsOf(now), factsOf(before));
  }

  private static @Nullable Object factsOf(Device device) {
    return device.getStatus() == null ? null : device.getStatus().facts();
  }

  @Override
  public void close() {
    closed = true;
    ticks.close();
    apps.close();
    if (operator != null) {
      operator.stop();
    }
    for (Mirror<?> mirror : mirrors()) {
      mirror.close();
    }
    events.close();
  }

  private List<Mirror<?>> mirrors() {
    var running = new java.util.ArrayList<Mirror<?>>();
    for (Mirror<?> mirror : new Mirror<?>[] {declared, bundles, leases}) {
      if (mirror != null) {
        running.add(mirror);
      }
    }
    return running;
  }

  private final class BundleListener implements Mirror.Listener<GenericKubernetesResource> {
    @Override
    public void present(GenericKubernetesResource object) {
      Key key = Key.of(object);
      if (fleet.put(key, PublishedBundle.read(object, pool))) {
        reconciler.trigger(key);
      }
    }

    @Override
    public void absent(GenericKubernetesResource object) {
      Key key = Key.of(object);
      fleet.removeBundle(key, object.getMetadata().getResourceVersion());
      reconciler.trigger(key);
    }
  }

  private final class LeaseListener implements Mirror.Listener<Lease> {
    @Override
    public void present(Lease object) {
      Key key = Key.of(object);
      if (heartbeats.seen(key, object)) {
        reconciler.trigger(key);
      }
    }

    @Override
    public void absent(Lease object) {
      Key key = Key.of(object);
      heartbeats.gone(key);
      reconciler.trigger(key);
    }
  }
}
