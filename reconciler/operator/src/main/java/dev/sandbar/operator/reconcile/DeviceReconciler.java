package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.DeviceFold;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.model.DeviceVariables;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.BundlePublisher;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.operator.publish.Shared;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one device what it should be: its bundle holds what it must run, its status says what it
 * runs. Never two at once for one device.
 *
 * <ol>
 *   <li>Ended service: delete the Device, and with it all that it owns.
 *   <li>Compute what the bundle must hold; write where it differs.
 *   <li>Fold what the device says; write the status where it differs.
 *   <li>Mark the apps for which something has changed.
 * </ol>
 */
final class DeviceReconciler implements Reconciler<Device> {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceReconciler.class);

  /** A bundle that the server refuses, or that must not be written, waits as after so many. */
  private static final int REFUSED = 3;

  private final Writes writes;
  private final BundledContents contents;
  private final FleetIndex fleet;
  private final ReportedAbilities abilities;
  private final CompileCache cache;
  private final Heartbeats heartbeats;
  private final BundlePublisher publisher;
  private final DeviceStatusWriter statuses;
  private final AppReconciler apps;
  private final Withdrawals withdrawals;
  private final CollectiveDeletions deletions;
  private final OperatorMetrics metrics;
  private final Clock clock;
  private final LookPlaces places;
  private final Shared<Map<String, String>> labels;
  private final Shared<SortedMap<String, AppOnDevice>> kept = new Shared<>();
  private final SimpleInboundEventSource<Device> triggers =
      new SimpleInboundEventSource<>("triggers");

  /** What of the reports of devices cannot be used. */
  private final Map<Key, String> misread = new ConcurrentHashMap<>();

  /** Until all have been looked at once. */
  private final Set<Key> looked = ConcurrentHashMap.newKeySet();

  private volatile boolean lookedAtAll;
  private volatile boolean started;

  /**
   * What it works with.
   *
   * @param places of devices that are worked on at once
   * @param labels of devices
   */
  record Parts(
      Writes writes,
      BundledContents contents,
      FleetIndex fleet,
      ReportedAbilities abilities,
      CompileCache cache,
      Heartbeats heartbeats,
      BundlePublisher publisher,
      DeviceStatusWriter statuses,
      AppReconciler apps,
      Withdrawals withdrawals,
      CollectiveDeletions deletions,
      OperatorMetrics metrics,
      Clock clock,
      LookPlaces places,
      Shared<Map<String, String>> labels) {}

  DeviceReconciler(Parts parts) {
    this.writes = parts.writes();
    this.contents = parts.contents();
    this.fleet = parts.fleet();
    this.abilities = parts.abilities();
    this.cache = parts.cache();
    this.heartbeats = parts.heartbeats();
    this.publisher = parts.publisher();
    this.statuses = parts.statuses();
    this.apps = parts.apps();
    this.withdrawals = parts.withdrawals();
    this.deletions = parts.deletions();
    this.metrics = parts.metrics();
    this.clock = parts.clock();
    this.places = parts.places();
    this.labels = parts.labels();
  }

  @Override
  public List<EventSource<?, Device>> prepareEventSources(EventSourceContext<Device> context) {
    started = true;
    return List.of(triggers);
  }

  /** Asks for the device to be looked at. */
  void trigger(Key device) {
    if (started) {
      triggers.propagateEvent(new ResourceID(device.name(), device.namespace()));
    }
  }

  /** Whether each of these devices has been looked at once. */
  boolean hasLookedAt(Collection<Key> devices) {
    if (!lookedAtAll && looked.containsAll(devices)) {
      lookedAtAll = true;
      looked.clear();
    }
    return lookedAtAll;
  }

  /**
   * This version of a Device is what a look finds from now on.
   *
   * @param parts of its report that cannot be used; they are no field of it, which a look has a
   *     copy of
   */
  void known(Key device, String version, List<String> parts) {
    if (parts.isEmpty()) {
      misread.remove(device);
    } else {
      misread.put(device, String.join(", ", parts.subList(0, Math.min(3, parts.size()))));
    }
    statuses.known(device, version);
  }

  /** The Device is gone. */
  void removed(Key key) {
    statuses.forget(key);
    misread.remove(key);
    looked.remove(key);
    withdrawals.only(key, Set.of());
    contents.gone(key);
    fleet.removeDevice(key).ifPresent(this::markAll);
  }

  @Override
  public UpdateControl<Device> reconcile(Device device, Context<Device> context)
      throws InterruptedException {
    Key key = Key.of(device);
    places.take(key);
    long start = System.nanoTime();
    boolean good = false;
    try {
      Optional<Duration> again = look(device);
      good = true;
      return again
          .map(UpdateControl.<Device>noUpdate()::rescheduleAfter)
          .orElseGet(UpdateControl::noUpdate);
    } catch (KubernetesClientException | IllegalStateException e) {
      good = isOutdated(e);
      if (!good) {
        LOG.warn("device={} action=retry failed={}", Key.of(device), OneLine.of(e));
      }
      throw e;
    } catch (RuntimeException e) {
      // A fault of ours for this one device; the others go on.
      LOG.error("device={} action=retry fault={}", Key.of(device), e.toString(), e);
      throw e;
    } finally {
      places.leave(key);
      if (!lookedAtAll) {
        looked.add(Key.of(device));
      }
      metrics.reconciled("Device", good, Duration.ofNanos(System.nanoTime() - start));
    }
  }

  /** Whether it was decided on what has changed since. */
  private static boolean isOutdated(RuntimeException failure) {
    return failure instanceof KubernetesClientException answer
        && ApiFailure.of(answer).isOutdated();
  }

  /**
   * Looks.
   *
   * @return when to look again although nothing has happened
   */
  private Optional<Duration> look(Device device) {
    if (device.isMarkedForDeletion()) {
      return Optional.empty();
    }
    Key key = Key.of(device);
    Decommission end = decommission(device);
    Optional<PublishedBundle> bundle = fleet.bundle(key);
    if (end != Decommission.NONE && bundle.map(PublishedBundle::decommissioned).orElse(false)) {
      LOG.info("device={} action=delete reason=decommissioned", key);
      // No other that has got its name since.
      writes.deleteVersion(device);
      statuses.decommissioned(device);
      return Optional.empty();
    }
    List<Condition> conditions = statuses.conditions(device);
    if (DeviceStatusWriter.saysUnreachable(conditions)) {
      heartbeats.knownSilent(key);
    }
    Reach reach = heartbeats.reach(key, isEnrolled(conditions));
    Map<String, String> labels = this.labels.one(Map.copyOf(ObjectFields.labels(device)));
    // Known before the apps are read: an app that changes from here on finds it.
    remember(key, labels, reach);
    PublishedBundle published = bundle.orElse(PublishedBundle.NONE);
    SealRecipient recipient = recipient(device, end);
    Optional<DesiredBundle.Ability> ability =
        abilities
            .of(device, published)
            .map(it -> new DesiredBundle.Ability(it.key(), it.facts(), recipient));
    DesiredBundle desired =
        DesiredBundle.of(
                fleet.apps(key.namespace()),
                new DeviceVariables(key.name(), labels, DeviceFields.variables(device)),
                labels,
                published,
                DeviceFields.hold(device),
                ability.orElse(null),
                cache,
                contents::missing,
                app -> withdrawals.of(key, app, lookedAtAll))
            .answered(
                published, fleet.device(key).map(ReconciledDevice::apps).orElseGet(TreeMap::new));
    withdrawals.only(key, desired.withdrawn());
    contents.bundled(key, published, desired.entries());
    // A device that has not said what it can do gets its first bundle when it has, all at once.
    boolean early = ability.isEmpty() && bundle.isEmpty() && end == Decommission.NONE;
    int failures = 0;
    if (!early && !DeviceFields.isSuspended(device)) {
      try {
        failures = publish(device, bundle, desired, end);
      } catch (KubernetesClientException e) {
        if (ApiFailure.of(e) == ApiFailure.NO_ANSWER) {
          throw e;
        }
        // The server is there and refuses the bundle: the status has to say so.
        LOG.warn("device={} action=publish failed={}", key, OneLine.of(e));
        String why = "the bundle is refused by the API server with status " + e.getCode();
        desired = desired.unpublished(published, why);
        failures = REFUSED;
      }
    }
    DeviceFold.Summary summary =
        DeviceFold.fold(
            key.name(),
            reach,
            desired.apps(),
            misread.getOrDefault(key, ""),
            end == Decommission.NONE ? recipient.complaint() : "",
            heartbeats.metered(key).orElse(Duration.ZERO),
            conditions,
            clock.instant());
    keep(
        new ReconciledDevice(
            key,
            labels,
            reach,
            kept.one(desired.kept()),
            holds(summary, Type.READY),
            holds(summary, Type.DRIFTED),
            holds(summary, Type.STALLED)));
    Duration later = statuses.write(device, reach, summary);
    return failures > 0
        ? Optional.of(BackoffRetry.POLICY.after(failures, ThreadLocalRandom.current()::nextLong))
        : Stream.of(desired.again(), later)
            .filter(Duration::isPositive)
            .min(Comparator.naturalOrder());
  }

  /** What its secrets are sealed to; the first that it reports is recorded before anything is. */
  private SealRecipient recipient(Device device, Decommission end) {
    SealRecipient now = SealRecipient.of(device);
    Optional<String> first = now.first().filter(_ -> end == Decommission.NONE);
    if (first.isEmpty()) {
      return now;
    }
    statuses.approve(device, first.get());
    LOG.info("device={} action=record recipient={}", Key.of(device), first.get());
    return new SealRecipient(now.reported(), first.get());
  }

  private void remember(Key key, Map<String, String> labels, Reach reach) {
    Optional<ReconciledDevice> known = fleet.device(key);
    if (known.isEmpty() || !known.get().labels().equals(labels)) {
      var apps = known.map(ReconciledDevice::apps).orElseGet(TreeMap::new);
      known.ifPresent(this::markAll);
      Optional<ReconciledDevice> _ =
          fleet.put(new ReconciledDevice(key, labels, reach, apps, false, false, false));
    }
  }

  private static boolean isEnrolled(List<Condition> conditions) {
    return conditions.stream().anyMatch(c -> c.type() == Type.ENROLLED && c.holds());
  }

  private static boolean holds(DeviceFold.Summary summary, Type type) {
    return summary.conditions().stream().anyMatch(c -> c.type() == type && c.holds());
  }

  private static Decommission decommission(Device device) {
    return DeviceFields.decommission(device)
        .map(
            end ->
                Boolean.TRUE.equals(end.removeApps())
                    ? Decommission.REMOVE_APPS
                    : Decommission.KEEP_APPS)
        .orElse(Decommission.NONE);
  }

  /** Gives how many failures the next attempt waits for; zero if none is needed. */
  private int publish(
      Device device, Optional<PublishedBundle> bundle, DesiredBundle desired, Decommission end) {
    Key key = Key.of(device);
    if (bundle.isPresent() && bundle.get().isExactly(desired.entries(), end)) {
      return 0;
    }
    if (bundle.isPresent()
        && loses(key, bundle.get(), desired)
        && deletions.cover(key, ObjectFields.created(device))) {
      return REFUSED;
    }
    var owner =
        new BundlePublisher.Owner(key.namespace(), key.name(), device.getMetadata().getUid());
    BundlePublisher.Outcome outcome =
        bundle.isPresent()
            ? publisher.change(owner, bundle.get(), desired.entries(), end)
            : publisher.create(owner, desired.entries(), end);
    return switch (outcome) {
      case BundlePublisher.Outcome.Written(var written) -> {
        boolean _ = fleet.put(key, written);
        LOG.debug("device={} action=publish apps={}", key, desired.entries().size());
        yield 0;
      }
      case BundlePublisher.Outcome.Conflict() -> 1;
      case BundlePublisher.Outcome.Gone() -> {
        // Its end may have been seen before the answer to a write put it back.
        bundle.ifPresent(b -> fleet.removeBundle(key, b.version()));
        yield 1;
      }
    };
  }

  /** Whether an app leaves the bundle since there is no such app any more. */
  private boolean loses(Key device, PublishedBundle bundle, DesiredBundle desired) {
    return bundle.entries().keySet().stream()
        .filter(name -> !desired.entries().containsKey(name))
        .anyMatch(name -> fleet.app(new Key(device.namespace(), name.value())).isEmpty());
  }

  private void keep(ReconciledDevice state) {
    Optional<ReconciledDevice> before = fleet.put(state);
    if (before.map(old -> differs(old, state)).orElse(true)) {
      before.ifPresent(this::markAll);
      markAll(state);
      return;
    }
    var old = before.get().apps();
    Set<String> names = new HashSet<>(old.keySet());
    names.addAll(state.apps().keySet());
    names.removeIf(name -> Objects.equals(old.get(name), state.apps().get(name)));
    names.forEach(name -> mark(state.key(), name));
  }

  /** With another reach everything is another, and so is with no room what is not kept. */
  private static boolean differs(ReconciledDevice old, ReconciledDevice fresh) {
    return old.reach() != fresh.reach() || old.isFull() != fresh.isFull();
  }

  private void markAll(ReconciledDevice state) {
    state.apps().keySet().forEach(name -> mark(state.key(), name));
    if (state.isFull()) {
      fleet.apps(state.key().namespace()).forEach(app -> apps.mark(app.key()));
    }
  }

  private void mark(Key device, String app) {
    apps.mark(new Key(device.namespace(), app));
  }
}
