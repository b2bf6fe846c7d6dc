package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.PublishedBundle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * What the operator knows of the cluster: apps, bundles, and what became of each device. Written by
 * what comes from the API server and from the answers to own writes, whichever is newer.
 */
final class FleetIndex {
  private final Map<String, Map<String, DeclaredApp>> apps = new ConcurrentHashMap<>();
  private final Map<Key, PublishedBundle> bundles = new ConcurrentHashMap<>();
  private final Map<String, Map<String, ReconciledDevice>> devices = new ConcurrentHashMap<>();

  /** An app as it stands now; false if something newer is known. */
  boolean put(DeclaredApp app) {
    Map<String, DeclaredApp> named =
        apps.computeIfAbsent(app.key().namespace(), _ -> new ConcurrentHashMap<>());
    DeclaredApp kept =
        named.merge(
            app.key().name(),
            app,
            (old, fresh) -> older(fresh.version(), old.version()) ? old : fresh);
    return kept == app;
  }

  /** As {@link #put}, but an app that is gone by now stays gone: an answer may come late. */
  void refresh(DeclaredApp app) {
    apps.getOrDefault(app.key().namespace(), Map.of())
        .computeIfPresent(
            app.key().name(), (_, old) -> older(app.version(), old.version()) ? old : app);
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

  int deviceCount() {
    return devices.values().stream().mapToInt(Map::size).sum();
  }

  /** Whether one resourceVersion is older than another; they are numbers of one store. */
  static boolean older(String version, String than) {
    return version.length() != than.length()
        ? version.length() < than.length()
        : version.compareTo(than) < 0;
  }
}
