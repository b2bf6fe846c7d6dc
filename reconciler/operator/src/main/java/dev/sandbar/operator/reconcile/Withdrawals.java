package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Selector;
import dev.sandbar.core.plan.PruneGuard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Judges whether an app leaves a device that its selector no longer matches. Deleting an app is its
 * owner's word; a selector or a label may be a typo that takes it from the whole fleet.
 *
 * <p>What there is to lose stands in the bundles, with the selector by which a device got it, and
 * what was held back in the status of the app: nothing has to be remembered across a restart.
 * Nothing is withdrawn before all devices have been reconciled once, nor while more and more
 * devices are found that lose the app: they are labelled one by one.
 */
final class Withdrawals {
  /** So long no other device may have been found that loses the app. */
  static final Duration SETTLES = Duration.ofSeconds(10);

  /** So long a device waits for the others at most. */
  private static final Duration MAX_WAIT = Duration.ofMinutes(5);

  /** A fleet that loses an app asks once for each of its devices. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final FleetIndex fleet;
  private final LongSupplier nanos;
  private final Map<Key, Judged> judged = new ConcurrentHashMap<>();

  /** By device and app, since when it is known that the device no longer is to have it. */
  private final Map<Key, Map<String, Long>> since = new ConcurrentHashMap<>();

  /** By app, when the last such device was found. */
  private final Map<Key, Long> found = new ConcurrentHashMap<>();

  /** What becomes of an app on a device that it no longer selects. */
  enum Verdict {
    LEAVES,
    /** It may leave soon. */
    SETTLES,
    /** Not without consent. */
    HELD
  }

  /** Of one device. */
  interface OfDevice {
    Verdict of(DeclaredApp app);
  }

  private record Judged(String version, long at, String objection) {}

  Withdrawals(FleetIndex fleet, LongSupplier nanos) {
    this.fleet = fleet;
    this.nanos = nanos;
  }

  /**
   * Judges one app.
   *
   * @param complete whether every device of the namespace has been reconciled once
   */
  Verdict of(Key device, DeclaredApp app, boolean complete) {
    long now = nanos.getAsLong();
    long first =
        since
            .computeIfAbsent(device, _ -> new ConcurrentHashMap<>())
            .computeIfAbsent(
                app.key().name(),
                _ -> {
                  found.put(app.key(), now);
                  return now;
                });
    long last = now - first < MAX_WAIT.toNanos() ? found.getOrDefault(app.key(), first) : first;
    if (!complete || now - last < SETTLES.toNanos()) {
      return Verdict.SETTLES;
    }
    return objection(app).isEmpty() ? Verdict.LEAVES : Verdict.HELD;
  }

  /** Nothing else is about to leave the device than these apps. */
  void only(Key device, Set<String> apps) {
    since.computeIfPresent(
        device,
        (_, known) -> {
          known.keySet().retainAll(apps);
          return known.isEmpty() ? null : known;
        });
  }

  /** The app is gone. */
  void forget(Key app) {
    judged.remove(app);
    found.remove(app);
  }

  /** Why the app stays where it is no longer selected, and how to consent; empty if it leaves. */
  String objection(DeclaredApp app) {
    long now = nanos.getAsLong();
    Judged known = judged.get(app.key());
    if (known != null
        && known.version().equals(app.version())
        && now - known.at() < FRESH.toNanos()) {
      return known.objection();
    }
    String objection = judge(app);
    judged.put(app.key(), new Judged(app.version(), now, objection));
    return objection;
  }

  private String judge(DeclaredApp app) {
    String name = app.key().name();
    if (!AppName.isValid(name)) {
      return "";
    }
    var entry = new AppName(name);
    var keeping = new ArrayList<Map<String, String>>();
    var before = new HashSet<Selector>();
    int losing = 0;
    for (ReconciledDevice device : fleet.devices(app.key().namespace())) {
      Optional<BundleEntry> has =
          fleet.bundle(device.key()).map(bundle -> bundle.entries().get(entry));
      if (has.isEmpty()) {
        continue;
      }
      if (app.selector().matches(device.labels())) {
        keeping.add(device.labels());
      } else {
        losing++;
        before.add(DeclaredApp.selectorAlone(has.get().spec()));
      }
    }
    // Devices that another selector adds do not offset those that it takes away.
    long kept =
        keeping.stream()
            .filter(labels -> before.stream().anyMatch(it -> it.matches(labels)))
            .count();
    String objection = PruneGuard.objection((int) kept + losing, losing, app.consent());
    if (objection.isEmpty() && app.isHeldBack() && losing > app.consent().maxRemovals()) {
      objection = PruneGuard.WAITS;
    }
    return objection.isEmpty()
        ? ""
        : "%s, so it stays as it was last published; correct the selector or the labels, or consent: "
                .formatted(objection)
            + "kubectl annotate asb %s --overwrite %s=%d"
                .formatted(name, DeclaredApp.MAX_REMOVALS, losing);
  }
}
