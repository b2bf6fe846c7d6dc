package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.Pool;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Optional;
import java.util.function.Consumer;

/** Has the devices looked at for which a change of an app may matter: selected, or holding it. */
final class AppListener implements Mirror.Listener<GenericKubernetesResource> {
  private final Fleet fleet;
  private final Pool pool;
  private final AppStatusLoop statuses;
  private final Consumer<Key> trigger;

  AppListener(Fleet fleet, Pool pool, AppStatusLoop statuses, Consumer<Key> trigger) {
    this.fleet = fleet;
    this.pool = pool;
    this.statuses = statuses;
    this.trigger = trigger;
  }

  @Override
  public void present(GenericKubernetesResource object) {
    DeclaredApp app = DeclaredApp.read(object, pool);
    Optional<DeclaredApp> before = fleet.app(app.key());
    if (!fleet.put(app)) {
      return;
    }
    boolean same =
        before
            .map(
                old ->
                    old.generation() == app.generation()
                        && old.revision().equals(app.revision())
                        && old.requestedAt().equals(app.requestedAt())
                        && old.spec().digest().equals(app.spec().digest()))
            .orElse(false);
    if (same && before.map(old -> old.status().equals(app.status())).orElse(false)) {
      return;
    }
    if (!same) {
      wake(app.key(), app);
    }
    statuses.mark(app.key());
  }

  @Override
  public void absent(GenericKubernetesResource object) {
    Key key = Key.of(object);
    Optional<DeclaredApp> last = fleet.app(key);
    fleet.removeApp(key);
    statuses.forget(key);
    last.ifPresent(app -> wake(key, app));
  }

  private void wake(Key key, DeclaredApp app) {
    for (DeviceState device : fleet.devices(key.namespace())) {
      if (app.selector().matches(device.labels()) || device.apps().containsKey(key.name())) {
        trigger.accept(device.key());
      }
    }
  }
}
