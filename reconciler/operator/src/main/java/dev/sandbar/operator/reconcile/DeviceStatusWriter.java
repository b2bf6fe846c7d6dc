package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.fleet.DeviceFold;
import dev.sandbar.core.fleet.FleetCondition;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.Condition;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.EventRecorder.Severity;
import dev.sandbar.operator.report.StatusText;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Writes the status of devices where it differs, and tells what begins and ends. */
final class DeviceStatusWriter {
  private static final String NOT_OBSERVED = Reason.NOT_OBSERVED.text();

  private static final Set<String> OWN =
      Set.of(Type.READY.text(), Type.DRIFTED.text(), Type.STALLED.text());

  private final Writes writes;
  private final EventRecorder events;
  private final Heartbeats heartbeats;
  private final Clock clock;

  private final HoldBack held = new HoldBack();

  /** What was written last; the cache may not have it yet. */
  private final Map<Key, Written> written = new ConcurrentHashMap<>();

  private record Written(String version, Fields fields) {}

  /** The part of a status that is written here. */
  private record Fields(
      long generation,
      List<Condition> conditions,
      DeviceStatus.Apps apps,
      List<DeviceStatus.CannotEnforce> cannotEnforce,
      String lastSeen) {

    static final DeviceStatus.Apps NO_APPS = new DeviceStatus.Apps(-1, 0, 0, 0);

    static Fields of(Device device) {
      DeviceStatus status = device.getStatus();
      if (status == null) {
        return new Fields(-1, List.of(), NO_APPS, List.of(), "");
      }
      Long generation = status.observedGeneration();
      return new Fields(
          generation == null ? -1 : generation,
          status.conditions(),
          Objects.requireNonNullElse(status.apps(), NO_APPS),
          status.cannotEnforce(),
          Objects.requireNonNullElse(status.lastSeen(), ""));
    }
  }

  DeviceStatusWriter(Writes writes, EventRecorder events, Heartbeats heartbeats, Clock clock) {
    this.writes = writes;
    this.events = events;
    this.heartbeats = heartbeats;
    this.clock = clock;
  }

  /** The conditions of a device as they stand. */
  List<FleetCondition> conditions(Device device) {
    return conditions(current(device).fields());
  }

  /** Whether its status says that it was unreachable. */
  static boolean saysUnreachable(List<FleetCondition> conditions) {
    return find(conditions, Type.READY)
        .map(c -> c.reason().equals(Reason.DEVICE_UNREACHABLE.text()))
        .orElse(false);
  }

  /**
   * Writes what differs, but not at once that a device is on its way.
   *
   * @return when to look again if nothing happens until then; zero if there is no need
   */
  Duration write(Device device, Reach reach, DeviceFold.Summary summary) {
    Written before = current(device);
    List<FleetCondition> old = conditions(before.fields());
    Fields wanted = wanted(device, before.fields(), old, reach, summary);
    Key key = Key.of(device);
    if (wanted.equals(before.fields())) {
      held.over(key);
      return Duration.ZERO;
    }
    HoldBack.News news = news(before.fields(), wanted, old, summary);
    Duration left = held.left(key, news, clock.instant());
    if (left.isPositive()) {
      return left;
    }
    GenericKubernetesResource answer =
        writes.mergeStatus(
            Writes.Kind.DEVICE, key.namespace(), key.name(), patch(before.version(), wanted));
    written.put(key, new Written(answer.getMetadata().getResourceVersion(), wanted));
    tell(device, old, summary.conditions(), wanted.lastSeen());
    return Duration.ZERO;
  }

  private static HoldBack.News news(
      Fields before, Fields wanted, List<FleetCondition> old, DeviceFold.Summary summary) {
    if (!isOnItsWay(wanted, summary)) {
      return HoldBack.News.FINAL;
    }
    return isBusy(before, wanted, old, summary) ? HoldBack.News.BUSY : HoldBack.News.COMING;
  }

  /** Whether nothing is wrong but that the device, or one of its apps, has not reported yet. */
  private static boolean isOnItsWay(Fields wanted, DeviceFold.Summary summary) {
    boolean waits =
        find(summary.conditions(), Type.READY)
            .map(FleetCondition::reason)
            .filter(r -> r.equals(Reason.PROGRESSING.text()) || r.equals(NOT_OBSERVED))
            .isPresent();
    return waits
        && wanted.cannotEnforce().isEmpty()
        && summary.conditions().stream().noneMatch(c -> c.type() != Type.READY && c.holds());
  }

  /** Whether all the news is that apps of a ready device are not ready yet. */
  private static boolean isBusy(
      Fields before, Fields wanted, List<FleetCondition> old, DeviceFold.Summary summary) {
    boolean wasReady = find(old, Type.READY).map(FleetCondition::holds).orElse(false);
    boolean progresses =
        find(summary.conditions(), Type.READY)
            .map(c -> c.reason().equals(Reason.PROGRESSING.text()))
            .orElse(false);
    return wasReady
        && progresses
        && before.generation() == wanted.generation()
        && before.apps().desired() == wanted.apps().desired()
        && before.lastSeen().equals(wanted.lastSeen())
        && before.cannotEnforce().equals(wanted.cannotEnforce())
        && others(before.conditions()).equals(others(wanted.conditions()));
  }

  private static Set<Condition> others(List<Condition> conditions) {
    return conditions.stream()
        .filter(c -> !c.type().equals(Type.READY.text()))
        .collect(Collectors.toSet());
  }

  /** This version is in the cache from now on. */
  void known(Key key, String version) {
    written.computeIfPresent(key, (_, own) -> Fleet.older(version, own.version()) ? own : null);
  }

  void forget(Key key) {
    held.over(key);
    written.remove(key);
  }

  private Written current(Device device) {
    String version = device.getMetadata().getResourceVersion();
    Written own = written.get(Key.of(device));
    if (own != null && Fleet.older(version, own.version())) {
      return own;
    }
    if (own != null) {
      written.remove(Key.of(device), own);
    }
    return new Written(version, Fields.of(device));
  }

  private static List<FleetCondition> conditions(Fields fields) {
    return fields.conditions().stream()
        .map(
            c ->
                StatusText.condition(
                    c.type(),
                    c.status(),
                    c.reason(),
                    c.message(),
                    c.lastTransitionTime(),
                    Objects.requireNonNullElse(c.observedGeneration(), 0L)))
        .flatMap(Optional::stream)
        .toList();
  }

  private Fields wanted(
      Device device,
      Fields before,
      List<FleetCondition> old,
      Reach reach,
      DeviceFold.Summary summary) {
    Instant now = clock.instant();
    String lastSeen = before.lastSeen();
    boolean was = saysUnreachable(old);
    if (reach == Reach.UNREACHABLE && !was) {
      lastSeen = StatusText.time(heartbeats.lastSeen(Key.of(device), now));
    } else if (reach == Reach.REACHABLE && (was || lastSeen.isEmpty())) {
      lastSeen = StatusText.time(now);
    }
    var conditions = new ArrayList<Condition>();
    before.conditions().stream().filter(c -> !OWN.contains(c.type())).forEach(conditions::add);
    summary.conditions().forEach(c -> conditions.add(record(c)));
    DeviceFold.Counts counts = summary.counts();
    return new Fields(
        device.getMetadata().getGeneration() == null ? 0 : device.getMetadata().getGeneration(),
        List.copyOf(conditions),
        new DeviceStatus.Apps(
            counts.desired(), counts.ready(), counts.drifted(), counts.cannotEnforce()),
        summary.cannotEnforce().stream()
            .limit(StatusLimits.MAX_REFUSALS)
            .map(
                r ->
                    new DeviceStatus.CannotEnforce(
                        r.app(),
                        StatusLimits.cut(r.reason(), StatusLimits.MAX_WORD),
                        StatusLimits.cut(r.message(), StatusLimits.MAX_MESSAGE),
                        StatusLimits.cut(r.help(), StatusLimits.MAX_MESSAGE)))
            .toList(),
        lastSeen);
  }

  private static Condition record(FleetCondition c) {
    return new Condition(
        c.type().text(),
        c.status().text(),
        StatusLimits.cut(c.reason(), StatusLimits.MAX_WORD),
        StatusLimits.cut(c.message(), StatusLimits.MAX_MESSAGE),
        StatusText.time(c.since()),
        c.generation());
  }

  private static Node patch(String version, Fields wanted) {
    var status = new ArrayList<Node.Entry>();
    status.add(Node.entry("observedGeneration", Node.number(wanted.generation())));
    status.add(
        Node.entry(
            "conditions",
            Node.list(wanted.conditions().stream().map(DeviceStatusWriter::node).toList())));
    DeviceStatus.Apps apps = wanted.apps();
    status.add(
        Node.entry(
            "apps",
            Node.mapping(
                List.of(
                    Node.entry("desired", Node.number(apps.desired())),
                    Node.entry("ready", Node.number(apps.ready())),
                    Node.entry("drifted", Node.number(apps.drifted())),
                    Node.entry("cannotEnforce", Node.number(apps.cannotEnforce()))))));
    status.add(
        Node.entry(
            "cannotEnforce",
            Node.list(
                wanted.cannotEnforce().stream()
                    .map(
                        r ->
                            Node.mapping(
                                List.of(
                                    Node.entry("app", Node.text(r.app())),
                                    Node.entry("reason", Node.text(r.reason())),
                                    Node.entry("message", Node.text(r.message())),
                                    Node.entry("help", Node.text(r.help())))))
                    .toList())));
    if (!wanted.lastSeen().isEmpty()) {
      status.add(Node.entry("lastSeen", Node.text(wanted.lastSeen())));
    }
    return Node.mapping(
        List.of(
            Node.entry(
                "metadata",
                Node.mapping(List.of(Node.entry("resourceVersion", Node.text(version))))),
            Node.entry("status", Node.mapping(status))));
  }

  private static Node node(Condition c) {
    var fields = new ArrayList<Node.Entry>();
    fields.add(Node.entry("type", Node.text(c.type())));
    fields.add(Node.entry("status", Node.text(c.status())));
    fields.add(Node.entry("reason", Node.text(c.reason())));
    fields.add(Node.entry("message", Node.text(c.message())));
    fields.add(Node.entry("lastTransitionTime", Node.text(c.lastTransitionTime())));
    Long generation = c.observedGeneration();
    if (generation != null) {
      fields.add(Node.entry("observedGeneration", Node.number(generation)));
    }
    return Node.mapping(fields);
  }

  private void tell(
      Device device, List<FleetCondition> old, List<FleetCondition> fresh, String lastSeen) {
    var subject =
        new EventRecorder.Subject(
            "Device",
            device.getMetadata().getNamespace(),
            device.getMetadata().getName(),
            device.getMetadata().getUid());
    boolean was = saysUnreachable(old);
    boolean is = saysUnreachable(fresh);
    if (is && !was) {
      events.tell(
          subject,
          Severity.WARNING,
          Reason.DEVICE_UNREACHABLE.text(),
          "unreachable, last seen " + lastSeen);
    } else if (was && !is) {
      events.tell(subject, Severity.NORMAL, "DeviceReachable", "reachable again");
    }
    Transitions.tell(events, subject, old, fresh, Set.of(Type.DRIFTED, Type.STALLED));
  }

  static Optional<FleetCondition> find(List<FleetCondition> conditions, Type type) {
    return conditions.stream().filter(c -> c.type() == type).findFirst();
  }
}
