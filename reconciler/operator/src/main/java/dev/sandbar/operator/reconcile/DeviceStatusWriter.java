package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.core.fleet.DeviceFold;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.EventRecorder.Severity;
import dev.sandbar.operator.report.StatusText;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the status of devices where it differs, and records what begins and ends. */
final class DeviceStatusWriter {
  private static final Set<Type> OWN = Set.of(Type.READY, Type.DRIFTED, Type.STALLED);

  private final Writes writes;
  private final EventRecorder events;
  private final Heartbeats heartbeats;
  private final Clock clock;

  private final HoldBack held = new HoldBack();

  /** What was written last; the cache may not have it yet. */
  private final Map<Key, Written> written = new ConcurrentHashMap<>();

  /**
   * A status as far as it is written here.
   *
   * @param version resourceVersion of the object
   */
  private record Written(String version, DeviceStatus status) {
    static Written of(Device device) {
      DeviceStatus status = DeviceFields.status(device);
      return new Written(
          device.getMetadata().getResourceVersion(),
          written(
              status.observedGeneration(),
              status.conditions(),
              status.apps(),
              status.cannotEnforce(),
              status.lastSeen()));
    }
  }

  private static DeviceStatus written(
      @Nullable Long generation,
      List<StatusCondition> conditions,
      DeviceStatus.@Nullable Apps apps,
      List<DeviceStatus.CannotEnforce> cannotEnforce,
      @Nullable String lastSeen) {
    return new DeviceStatus(null, generation, conditions, apps, cannotEnforce, lastSeen, null);
  }

  DeviceStatusWriter(Writes writes, EventRecorder events, Heartbeats heartbeats, Clock clock) {
    this.writes = writes;
    this.events = events;
    this.heartbeats = heartbeats;
    this.clock = clock;
  }

  /** The conditions of a device as they stand. */
  List<dev.sandbar.core.report.Condition> conditions(Device device) {
    return StatusText.conditions(current(device).status().conditions());
  }

  /** Whether its status says that it was unreachable. */
  static boolean saysUnreachable(List<dev.sandbar.core.report.Condition> conditions) {
    return find(conditions, Type.READY).map(c -> c.is(Reason.DEVICE_UNREACHABLE)).orElse(false);
  }

  /**
   * Writes what differs, but not at once that a device is on its way.
   *
   * @return when to look again if nothing happens until then; zero if there is no need
   */
  Duration write(Device device, Reach reach, DeviceFold.Summary summary) {
    Written before = current(device);
    List<dev.sandbar.core.report.Condition> old =
        StatusText.conditions(before.status().conditions());
    DeviceStatus wanted = wanted(device, before.status(), old, reach, summary);
    Key key = Key.of(device);
    if (wanted.equals(before.status())) {
      held.over(key);
      return Duration.ZERO;
    }
    HoldBack.News news = news(before.status(), wanted, old, summary);
    Duration left = held.left(key, news, clock.instant());
    if (left.isPositive()) {
      return left;
    }
    GenericKubernetesResource answer =
        writes.mergeStatus(
            new Writes.Target(Writes.Kind.DEVICE, key.namespace(), key.name()),
            before.version(),
            fields(wanted));
    written.put(key, new Written(answer.getMetadata().getResourceVersion(), wanted));
    tell(device, old, summary.conditions(), wanted.lastSeen());
    return Duration.ZERO;
  }

  /** Null takes away what a merge would leave. */
  private static Map<String, @Nullable Object> fields(DeviceStatus status) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("observedGeneration", status.observedGeneration());
    fields.put("conditions", status.conditions());
    fields.put("apps", status.apps());
    fields.put("cannotEnforce", status.cannotEnforce());
    fields.put("lastSeen", status.lastSeen());
    return fields;
  }

  /** The device has ended its service, and its Device is deleted. */
  void decommissioned(Device device) {
    events.tell(
        subject(device),
        Severity.NORMAL,
        Reason.DECOMMISSIONED,
        "has ended its service; the Device is deleted");
  }

  private static EventRecorder.Subject subject(Device device) {
    return new EventRecorder.Subject(
        "Device",
        device.getMetadata().getNamespace(),
        device.getMetadata().getName(),
        device.getMetadata().getUid());
  }

  /**
   * Records what the secrets of a device are sealed to, where only its owner changes it.
   *
   * @throws KubernetesClientException with code 409 if somebody wrote in between
   */
  void approve(Device device, String recipient) {
    Written before = current(device);
    Key key = Key.of(device);
    GenericKubernetesResource answer =
        writes.annotate(
            new Writes.Target(Writes.Kind.DEVICE, key.namespace(), key.name()),
            before.version(),
            DeviceAnnotations.RECIPIENT,
            recipient);
    written.put(key, new Written(answer.getMetadata().getResourceVersion(), before.status()));
  }

  private static HoldBack.News news(
      DeviceStatus before,
      DeviceStatus wanted,
      List<dev.sandbar.core.report.Condition> old,
      DeviceFold.Summary summary) {
    if (!isOnItsWay(wanted, summary)) {
      return HoldBack.News.FINAL;
    }
    return isBusy(before, wanted, old, summary) ? HoldBack.News.BUSY : HoldBack.News.COMING;
  }

  /** Whether nothing is wrong but that the device, or one of its apps, has not reported yet. */
  private static boolean isOnItsWay(DeviceStatus wanted, DeviceFold.Summary summary) {
    boolean waits =
        find(summary.conditions(), Type.READY)
            .filter(
                c ->
                    c.is(Reason.PROGRESSING)
                        || c.is(Reason.NOT_OBSERVED)
                        || c.is(Reason.AWAITING_APPROVAL))
            .isPresent();
    return waits
        && wanted.cannotEnforce().isEmpty()
        && summary.conditions().stream().noneMatch(c -> c.type() != Type.READY && c.holds());
  }

  /** Whether all the news is that apps of a ready device are not ready yet. */
  private static boolean isBusy(
      DeviceStatus before,
      DeviceStatus wanted,
      List<dev.sandbar.core.report.Condition> old,
      DeviceFold.Summary summary) {
    boolean wasReady =
        find(old, Type.READY).map(dev.sandbar.core.report.Condition::holds).orElse(false);
    boolean progresses =
        find(summary.conditions(), Type.READY).map(c -> c.is(Reason.PROGRESSING)).orElse(false);
    return wasReady
        && progresses
        && Objects.equals(before.observedGeneration(), wanted.observedGeneration())
        && desired(before) == desired(wanted)
        && Objects.equals(before.lastSeen(), wanted.lastSeen())
        && before.cannotEnforce().equals(wanted.cannotEnforce())
        && others(before.conditions()).equals(others(wanted.conditions()));
  }

  private static int desired(DeviceStatus status) {
    return Optional.ofNullable(status.apps()).map(DeviceStatus.Apps::desired).orElse(0);
  }

  private static Set<StatusCondition> others(List<StatusCondition> conditions) {
    return conditions.stream()
        .filter(c -> !c.type().equals(Type.READY.text()))
        .collect(Collectors.toSet());
  }

  /** This version is in the cache from now on. */
  void known(Key key, String version) {
    written.computeIfPresent(
        key, (_, own) -> FleetIndex.older(version, own.version()) ? own : null);
  }

  void forget(Key key) {
    held.over(key);
    written.remove(key);
  }

  private Written current(Device device) {
    String version = device.getMetadata().getResourceVersion();
    Key key = Key.of(device);
    known(key, version);
    return Optional.ofNullable(written.get(key)).orElseGet(() -> Written.of(device));
  }

  private DeviceStatus wanted(
      Device device,
      DeviceStatus before,
      List<dev.sandbar.core.report.Condition> old,
      Reach reach,
      DeviceFold.Summary summary) {
    @Nullable String lastSeen = before.lastSeen();
    if (reach == Reach.UNREACHABLE && !saysUnreachable(old)) {
      lastSeen = heartbeats.lastSeen(Key.of(device)).map(StatusText::time).orElse(null);
    } else if (reach == Reach.REACHABLE) {
      // It is seen all the time, and a status that says when would be written all the time.
      lastSeen = null;
    }
    long generation = Objects.requireNonNullElse(device.getMetadata().getGeneration(), 0L);
    DeviceFold.Counts counts = summary.counts();
    return written(
        generation,
        StatusText.merged(before.conditions(), OWN, summary.conditions(), generation),
        new DeviceStatus.Apps(
            counts.desired(), counts.ready(), counts.drifted(), counts.cannotEnforce()),
        summary.cannotEnforce().stream()
            .limit(StatusLimits.MAX_REFUSALS)
            .map(
                r ->
                    new DeviceStatus.CannotEnforce(
                        r.app(),
                        SafeText.cut(r.reason(), StatusLimits.MAX_WORD),
                        SafeText.cut(r.message(), StatusLimits.MAX_MESSAGE),
                        SafeText.cut(r.help(), StatusLimits.MAX_MESSAGE)))
            .toList(),
        lastSeen);
  }

  private void tell(
      Device device,
      List<dev.sandbar.core.report.Condition> old,
      List<dev.sandbar.core.report.Condition> fresh,
      @Nullable String lastSeen) {
    EventRecorder.Subject subject = subject(device);
    boolean was = saysUnreachable(old);
    boolean is = saysUnreachable(fresh);
    // It may have needed a person for something else before, and this is another matter.
    find(fresh, Type.STALLED)
        .filter(c -> c.is(Reason.RECIPIENT_CHANGED))
        .filter(
            _ -> find(old, Type.STALLED).filter(c -> !c.is(Reason.RECIPIENT_CHANGED)).isPresent())
        .ifPresent(c -> events.tell(subject, Severity.WARNING, c));
    if (is && !was) {
      events.tell(
          subject,
          Severity.WARNING,
          Reason.DEVICE_UNREACHABLE,
          lastSeen == null ? "unreachable" : "unreachable, last seen " + lastSeen);
    } else if (was && !is) {
      events.tell(subject, Severity.NORMAL, Reason.DEVICE_REACHABLE, "reachable again");
    }
    Transitions.tell(events, subject, old, fresh, Set.of(Type.DRIFTED, Type.STALLED));
  }

  static Optional<dev.sandbar.core.report.Condition> find(
      List<dev.sandbar.core.report.Condition> conditions, Type type) {
    return conditions.stream().filter(c -> c.type() == type).findFirst();
  }
}
