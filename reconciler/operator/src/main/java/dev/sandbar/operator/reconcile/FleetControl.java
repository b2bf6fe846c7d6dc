package dev.sandbar.operator.reconcile;

import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.KeyDigest;
import dev.sandbar.core.report.Condition;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.operator.history.Observed;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.BoundedLease;
import dev.sandbar.operator.publish.BundlePublisher;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks after devices and apps: follows what concerns them, and has every device reconciled. */
public final class FleetControl implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetControl.class);

  /** Label of a Lease that is the heartbeat of a device. */
  static final String LEASE_LABEL = "sandbar.dev/device";

  // Objects of a page of a list. Each may be as large as the store lets an object be, 1.5 MB, and a
  // page is in memory as bytes twice before it is read.

  /** Read no further than a spec may go. */
  private static final long APPS_AT_ONCE = 10;

  /** Read no further than two fields; ten thousand are listed in a few seconds. */
  private static final long LEASES_AT_ONCE = 10;

  /** Read whole. */
  private static final long DEVICES_AT_ONCE = 4;

  /** Read whole, which takes several times the bytes. */
  private static final long BUNDLES_AT_ONCE = 2;

  /** So often one device is looked at. */
  private static final int RATE = 20;

  private static final Duration RATE_PERIOD = Duration.ofSeconds(4);

  /** One that has itself looked at without end is, in the end, twice in 32 seconds. */
  private static final int RATE_STEPS = 3;

  private static final Duration FIRST_LOOK = Duration.ofMillis(20);

  private final KubernetesClient client;
  private final Settings settings;
  private final Consumer<Device> seen;
  private final BiConsumer<String, String> gone;
  private final Consumer<String> fatal;
  private final Pool pool = new Pool();
  private final FleetIndex fleet = new FleetIndex();
  private final FactsTable facts = new FactsTable();
  private final KeptDevice.Parts shared = new KeptDevice.Parts(facts);
  private final Heartbeats heartbeats = new Heartbeats(System::nanoTime);
  private final EventRecorder events;
  private final AppReconciler apps;
  private final Misreports misreports;
  private final AppContents contents;
  private final LookPlaces at;

  /** By namespace; under the empty name if all are looked after. */
  private final Map<String, Controller> controllers = new TreeMap<>();

  private final FleetClock ticks;
  private final LeasePace pace;
  private final DeviceQueries queries;
  private final NamedValues values;
  private final CollectiveDeletions deletions;
  private volatile boolean closed;

  /** Whether every app has been looked at, or will be. */
  private volatile boolean opened;

  private final List<Mirror<?>> mirrors = new CopyOnWriteArrayList<>();
  private @Nullable Mirror<BoundedLease> leases;
  private final Controllers running;

  /** A store knows the objects of one list only, and so every namespace has a controller. */
  private record Controller(DeviceReconciler reconciler, SlimStore<Device, KeptDevice> store) {
    boolean hasLooked() {
      return reconciler.hasLookedAt(store.keys().toList());
    }
  }

  /**
   * How.
   *
   * @param namespaces empty means all
   * @param own namespace of the operator itself
   * @param identity of this process
   * @param concurrency devices that are worked on at once
   * @param values how soon apps get what has changed
   */
  public record Settings(
      Set<String> namespaces, String own, String identity, int concurrency, ValuePace values) {
    public Settings {
      namespaces = Set.copyOf(namespaces);
    }

    /** In the pace of operators. */
    public Settings(Set<String> namespaces, String own, String identity, int concurrency) {
      this(namespaces, own, identity, concurrency, ValuePace.STANDARD);
    }
  }

  /**
   * Nothing runs yet.
   *
   * @param contact whether the API server is known to answer
   * @param seen is shown every Device as the server sent it, new or changed
   * @param gone is given namespace and name of every Device that is no longer there
   * @param leaseSeconds gets the duration that new Leases of devices shall have
   * @param fatal gets why this cannot go on
   */
  public FleetControl(
      KubernetesClient client,
      Clock clock,
      OperatorMetrics metrics,
      Settings settings,
      BooleanSupplier contact,
      Consumer<Device> seen,
      BiConsumer<String, String> gone,
      IntConsumer leaseSeconds,
      Consumer<String> fatal) {
    this(
        client,
        new AppContents(client),
        clock,
        metrics,
        settings,
        contact,
        seen,
        gone,
        leaseSeconds,
        fatal);
  }

  /** The same, with contents that others store too. */
  public FleetControl(
      KubernetesClient client,
      AppContents contents,
      Clock clock,
      OperatorMetrics metrics,
      Settings settings,
      BooleanSupplier contact,
      Consumer<Device> seen,
      BiConsumer<String, String> gone,
      IntConsumer leaseSeconds,
      Consumer<String> fatal) {
    this.contents = contents;
    this.client = client;
    this.seen = seen;
    this.gone = gone;
    this.settings = settings;
    this.fatal = fatal;
    this.running = new Controllers(client, fatal);
    var writes = new Writes(client);
    this.at = new LookPlaces(settings.concurrency(), System::nanoTime);
    this.events = new EventRecorder(client, clock, settings.identity());
    var withdrawals = new Withdrawals(fleet, System::nanoTime);
    this.deletions = new CollectiveDeletions(client, clock);
    this.apps =
        new AppReconciler(fleet, writes, events, metrics, clock, withdrawals, System::nanoTime);
    this.misreports = new Misreports(events, metrics, this::uidOf, System::nanoTime);
    this.values =
        new NamedValues(
            client,
            writes,
            contents,
            settings.namespaces(),
            settings.own(),
            settings.values(),
            System::nanoTime,
            fatal);
    var parts =
        new DeviceReconciler.Parts(
            writes,
            new BundledContents(contents, values),
            fleet,
            new ReportedAbilities(client, facts),
            new CompileCache(metrics::compiled),
            heartbeats,
            new BundlePublisher(writes, pool, metrics::bundleWrite),
            new DeviceStatusWriter(writes, events, heartbeats, clock),
            apps,
            withdrawals,
            deletions,
            metrics,
            clock,
            at,
            shared.labels());
    var namespaces = settings.namespaces().isEmpty() ? Set.of("") : settings.namespaces();
    namespaces.forEach(namespace -> controllers.put(namespace, controller(parts)));
    BooleanSupplier sees =
        () ->
            contact.getAsBoolean()
                && Optional.ofNullable(leases).map(Mirror::isWatching).orElse(false);
    this.ticks = new FleetClock(fleet, heartbeats, apps, metrics, this::trigger, sees);
    this.queries =
        new DeviceQueries(
            client, writes, settings.namespaces(), this::uidOf, System::nanoTime, fatal);
    this.pace = new LeasePace(writes, heartbeats, sees, leaseSeconds);
  }

  /** Starts; returns once all apps, bundles and Leases are known and devices are looked at. */
  public void start() {
    var declared =
        new AppListener(
            fleet,
            pool,
            apps,
            this::trigger,
            NamespaceRoom.ofHeap(Runtime.getRuntime().maxMemory()),
            events,
            values,
            deletions);
    values.resolveBy(declared::resolve);
    // As the objects that it is made of are read.
    BoundedApp.register(client);
    // One after the other: the pages of many namespaces at once take more than memory has.
    controllers.keySet().forEach(namespace -> run(namespace, declared));
    // Else every device would first get bundles in which its apps wait.
    values.awaitFirst();
    mirrors.add(
        Mirror.of(
            generic(Writes.Kind.DEVICE_BUNDLE),
            settings.namespaces(),
            "",
            BUNDLES_AT_ONCE,
            new VersionForm<>(GenericKubernetesResource::new),
            new BundleListener(fleet, facts, pool, misreports, this::trigger, queries::bundle),
            fatal));
    Mirror<BoundedLease> heard =
        Mirror.of(
            BoundedLease.requests(client),
            settings.namespaces(),
            LEASE_LABEL,
            LEASES_AT_ONCE,
            new VersionForm<>(BoundedLease::new),
            new LeaseListener(heartbeats, misreports, this::trigger),
            fatal);
    mirrors.add(heard);
    leases = heard;
    controllers.forEach(this::run);
    queries.start();
    Thread _ = Thread.ofVirtual().name("first-look").start(this::afterFirstLook);
  }

  /** All apps and devices as they stand; empty while not all are known. */
  public Optional<List<Observed>> observed() {
    return opened && !closed && trouble().isEmpty()
        ? Optional.of(
            Stream.concat(
                    fleet
                        .appKeys()
                        .sorted(Key.ORDER)
                        .flatMap(it -> fleet.app(it).stream())
                        .map(it -> observed(it, Optional.ofNullable(apps.folded().get(it.key())))),
                    controllers.values().stream()
                        .flatMap(it -> it.store().kept())
                        .sorted(Comparator.comparing(KeptDevice::key, Key.ORDER))
                        .map(FleetControl::observed))
                .toList())
        : Optional.empty();
  }

  private static Observed observed(DeclaredApp app, Optional<AppReconciler.Folded> folded) {
    Optional<AppReconciler.Folded> now = folded.filter(it -> it.generation() == app.generation());
    return new Observed(
        Observed.Kind.APP,
        app.key().namespace(),
        app.key().name(),
        app.generation(),
        app.declared().digest().hex(),
        "",
        states(app.suspend(), !app.hold().equals(HoldSpec.NONE)),
        now.map(AppReconciler.Folded::outcome).orElse(""),
        now.map(AppReconciler.Folded::message).orElse(""));
  }

  private static Observed observed(KeptDevice device) {
    Optional<StatusCondition> enrolled =
        device.status().conditions().stream()
            .filter(it -> it.type().equals(Condition.Type.ENROLLED.text()))
            .filter(it -> it.status().equals(Condition.Status.TRUE.text()))
            .findFirst();
    return new Observed(
        Observed.Kind.DEVICE,
        device.key().namespace(),
        device.key().name(),
        Objects.requireNonNullElse(device.generation(), 0L),
        device.uid(),
        device.labels().isEmpty()
            ? ""
            : new KeyDigest().texts(List.of(DeviceLabels.text(device.labels()))).digest().hex(),
        Stream.concat(
                states(Boolean.TRUE.equals(device.spec().suspend()), device.spec().hold() != null)
                    .stream(),
                device.spec().decommission() == null ? Stream.of() : Stream.of("decommissioned"))
            .toList(),
        enrolled.isPresent() ? "Enrolled" : "",
        "");
  }

  private static List<String> states(boolean suspended, boolean held) {
    return Stream.of(suspended ? "suspended" : "", held ? "held" : "")
        .filter(it -> !it.isEmpty())
        .toList();
  }

  /** Why it does not go on at this moment; empty if it does. */
  public String trouble() {
    return Stream.of(
            running.trouble(),
            mirrors.stream().allMatch(Mirror::isWatching)
                ? ""
                : "DeviceBundles or Leases are not followed",
            at.trouble(),
            ticks.trouble(),
            queries.isAtWork() ? "" : "queries are not taken to their devices",
            values.isAtWork() ? "" : "ConfigMaps and Secrets are not read")
        .filter(it -> !it.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Of an app nothing can be said before each of its devices has been looked at. */
  private void afterFirstLook() {
    try {
      while (!closed && !controllers.values().stream().allMatch(Controller::hasLooked)) {
        Thread.sleep(FIRST_LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    apps.open();
    opened = true;
    ticks.start();
    pace.start();
  }

  private MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      generic(Writes.Kind kind) {
    return client.genericKubernetesResources(kind.context());
  }

  private void run(String namespace, AppListener declared) {
    running.run(
        "appsandbox",
        namespace,
        apps,
        controller ->
            controller
                .withItemStore(new SlimStore<>(declared, true))
                // The listener marks what matters.
                .withOnUpdateFilter((_, _) -> false)
                .withInformerListLimit(APPS_AT_ONCE)
                .withRateLimiter(
                    new SteadyRateLimiter(AppReconciler.APART, 1, 0, System::nanoTime)));
  }

  private void run(String namespace, Controller devices) {
    running.run(
        "device",
        namespace,
        devices.reconciler(),
        controller ->
            controller
                .withItemStore(devices.store())
                .withOnUpdateFilter(this::matters)
                .withInformerListLimit(DEVICES_AT_ONCE)
                // A device that reports without end costs the others nothing.
                .withRateLimiter(
                    new SteadyRateLimiter(RATE_PERIOD, RATE, RATE_STEPS, System::nanoTime)));
  }

  private Controller controller(DeviceReconciler.Parts parts) {
    var reconciler = new DeviceReconciler(parts);
    return new Controller(reconciler, new SlimStore<>(new DeviceForm(reconciler), true));
  }

  private void trigger(Key device) {
    controllerOf(device).ifPresent(it -> it.reconciler().trigger(device));
  }

  private Optional<Controller> controllerOf(Key device) {
    return Optional.ofNullable(controllers.get(device.namespace()))
        .or(() -> Optional.ofNullable(controllers.get("")));
  }

  private String uidOf(Key device) {
    return controllerOf(device)
        .flatMap(it -> Optional.ofNullable(it.store().get(device.toString())))
        .map(it -> it.getMetadata().getUid())
        .orElse("");
  }

  private boolean matters(Device fresh, Device old) {
    return KeptDevice.of(fresh, shared).differsFrom(KeptDevice.of(old, shared));
  }

  @Override
  public void close() {
    closed = true;
    ticks.close();
    pace.close();
    queries.close();
    values.close();
    contents.close();
    running.close();
    mirrors.forEach(Mirror::close);
    events.close();
  }

  /** Shows every Device that is kept to whom it concerns. */
  private final class DeviceForm implements SlimStore.Form<Device, KeptDevice> {
    private final DeviceReconciler reconciler;

    DeviceForm(DeviceReconciler reconciler) {
      this.reconciler = reconciler;
    }

    @Override
    public KeptDevice keep(Device full) {
      Key key = Key.of(full);
      misreports.counted(key);
      try {
        seen.accept(full);
        KeptDevice kept = KeptDevice.of(full, shared);
        if (!kept.misread().isEmpty()) {
          misreports.report(key, Misreports.Kind.UNREADABLE, "");
        }
        return kept;
      } catch (RuntimeException e) {
        // Thrown here it would end the list, and with it the work for all others.
        LOG.error("device={} action=skip fault={}", key, e.toString(), e);
        misreports.report(key, Misreports.Kind.UNREADABLE, "");
        full.setStatus(null);
        full.setSpec(null);
        return KeptDevice.of(full, shared);
      }
    }

    @Override
    public Device object(String key, KeptDevice kept) {
      return kept.object();
    }

    @Override
    public void stored(KeptDevice kept) {
      reconciler.known(kept.key(), kept.version(), kept.misread());
    }

    @Override
    public void removed(String key) {
      Key device = Key.parse(key);
      gone.accept(device.namespace(), device.name());
      reconciler.removed(device);
    }
  }
}
