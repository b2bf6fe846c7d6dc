package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.PublishedBundle;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What the operator knows of the cluster: apps, bundles, and what became of each device. Written by
 * what comes from the API server and from the answers to own writes, whichever is newer.
 */
final class FleetIndex {
  private final Map<String, Map<String, DeclaredApp>> apps = new ConcurrentHashMap<>();
  private final Map<Key, PublishedBundle> bundles = new ConcurrentHashMap<>();
  private final Map<String, Map<String, ReconciledDevice>> devices = new ConcurrentHashMap<>();

  /**
   * An app as it stands now, with the values that are known for the same spec.
   *
   * @return as it is kept; empty if something newer is known
   */
  Optional<DeclaredApp> put(DeclaredApp app) {
    Map<String, DeclaredApp> named =
        apps.computeIfAbsent(app.key().namespace(), _ -> new ConcurrentHashMap<>());
    var taken = new AtomicBoolean(true);
    DeclaredApp kept =
        named.merge(
            app.key().name(),
            app,
            (old, fresh) -> {
              taken.set(!older(fresh.version(), old.version()));
              // Here, and not before: values come on another thread.
              return !taken.get() ? old : fresh.isResolvedBy(old) ? fresh.resolvedAs(old) : fresh;
            });
    return Optional.of(kept).filter(_ -> taken.get());
  }

  /**
   * An app has the status that it has got, unless something newer is known; one that is gone by now
   * stays gone, since an answer may come late. What it was read as meanwhile stays.
   */
  void refresh(Key key, GenericKubernetesResource answer) {
    String version = answer.getMetadata().getResourceVersion();
    apps.getOrDefault(key.namespace(), Map.of())
        .computeIfPresent(
            key.name(), (_, old) -> older(version, old.version()) ? old : old.with(answer));
  }

  /** As {@link #refresh}, of what has become of its spec; false if it has another one by now. */
  boolean resolve(DeclaredApp app, UnaryOperator<DeclaredApp> change) {
    var done = new AtomicBoolean();
    apps.getOrDefault(app.key().namespace(), Map.of())
        .computeIfPresent(
            app.key().name(),
            (_, old) -> {
              done.set(old.declared().digest().equals(app.declared().digest()));
              return done.get() ? change.apply(old) : old;
            });
    return done.get();
  }

  void removeApp(Key key) {
    apps.getOrDefault(key.namespace(), Map.of()).remove(key.name());
  }

  Optional<DeclaredApp> app(Key key) {
    return Optional.ofNullable(apps.getOrDefault(key.namespace(), Map.of()).get(key.name()));
  }

  /** The apps of a namespace. */
  Collection<DeclaredApp> apps(String namespace) {
    return apps.getOrDefault(namespace, Map.of()).values();
  }

  /** Which apps there are. */
  Stream<Key> appKeys() {
    return apps.values().stream().flatMap(named -> named.values().stream()).map(DeclaredApp::key);
  }

  /** A bundle as it stands now; false if the same or something newer is known. */
  boolean put(Key key, PublishedBundle bundle) {
    PublishedBundle kept =
        bundles.merge(
            key,
            bundle,
            (old, fresh) ->
                old.version().equals(fresh.version()) || older(fresh.version(), old.version())
                    ? old
                    : fresh);
    return kept == bundle;
  }

  /**
   * A bundle is gone.
   *
   * @param version of its end; one that was made later is kept
   */
  void removeBundle(Key key, String version) {
    bundles.computeIfPresent(key, (_, b) -> older(version, b.version()) ? b : null);
  }

  Optional<PublishedBundle> bundle(Key key) {
    return Optional.ofNullable(bundles.get(key));
  }

  /** What became of a device; gives what was before. */
  Optional<ReconciledDevice> put(ReconciledDevice state) {
    return Optional.ofNullable(
        devices
            .computeIfAbsent(state.key().namespace(), _ -> new ConcurrentHashMap<>())
            .put(state.key().name(), state));
  }

  Optional<ReconciledDevice> removeDevice(Key key) {
    return Optional.ofNullable(
        devices.getOrDefault(key.namespace(), new ConcurrentHashMap<>()).remove(key.name()));
  }

  Optional<ReconciledDevice> device(Key key) {
    return Optional.ofNullable(devices.getOrDefault(key.namespace(), Map.of()).get(key.name()));
  }

  /** The devices of a namespace. */
  Collection<ReconciledDevice> devices(String namespace) {
    return devices.getOrDefault(namespace, Map.of()).values();
  }

  /** All devices. */
  List<ReconciledDevice> devices() {
    var all = new ArrayList<ReconciledDevice>();
    devices.values().forEach(named -> all.addAll(named.values()));
    return all;
  }

  /** Whether one resourceVersion is older than another; they are numbers of one store. */
  static boolean older(String version, String than) {
    return version.length() != than.length()
        ? version.length() < than.length()
        : version.compareTo(than) < 0;
  }
}
