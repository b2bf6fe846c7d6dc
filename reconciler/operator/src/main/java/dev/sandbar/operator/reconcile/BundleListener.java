package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.PublishedBundle;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Optional;
import java.util.function.Consumer;

/** Has the devices looked at whose bundle, or what they report of it, has changed. */
final class BundleListener implements Mirror.Listener<GenericKubernetesResource> {
  private final FleetIndex fleet;
  private final FactsTable facts;
  private final Pool pool;
  private final Misreports misreports;
  private final Consumer<Key> trigger;
  private final Consumer<GenericKubernetesResource> queries;

  BundleListener(
      FleetIndex fleet,
      FactsTable facts,
      Pool pool,
      Misreports misreports,
      Consumer<Key> trigger,
      Consumer<GenericKubernetesResource> queries) {
    this.fleet = fleet;
    this.facts = facts;
    this.pool = pool;
    this.misreports = misreports;
    this.trigger = trigger;
    this.queries = queries;
  }

  @Override
  public void present(GenericKubernetesResource object) {
    queries.accept(object);
    Key key = Key.of(object);
    Optional<PublishedBundle> before = fleet.bundle(key);
    PublishedBundle bundle = PublishedBundle.read(object, pool);
    // First: who finds the bundle finds the table.
    facts.keep(PublishedBundle.systemCalls(object));
    if (fleet.put(key, bundle)) {
      if (before.map(old -> old.entries().equals(bundle.entries())).orElse(false)) {
        misreports.counted(key);
      }
      if (ReportLimits.isLarge(object.get("status"))) {
        misreports.report(
            key, Misreports.Kind.TOO_LARGE, "the status of the DeviceBundle is too large");
      }
      trigger.accept(key);
    }
  }

  @Override
  public void absent(GenericKubernetesResource object) {
    Key key = Key.of(object);
    fleet.removeBundle(key, object.getMetadata().getResourceVersion());
    trigger.accept(key);
  }
}
