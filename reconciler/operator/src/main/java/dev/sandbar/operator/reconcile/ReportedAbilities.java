package dev.sandbar.operator.reconcile;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Objects;
import java.util.Optional;

/**
 * What devices can do, as they report it: the facts in the Device, and the table of system calls in
 * the status of its bundle. Before there is a bundle, and where an API server of an older schema
 * does not keep the table there, it stands in the facts.
 */
final class ReportedAbilities {
  private final KubernetesClient client;
  private final FactsTable facts;

  ReportedAbilities(KubernetesClient client, FactsTable facts) {
    this.client = client;
    this.facts = facts;
  }

  /** Of a device; empty while the facts or their table are missing. */
  Optional<DesiredBundle.Ability> of(Device device, PublishedBundle bundle) {
    return DeviceFields.facts(device)
        .flatMap(
            slim ->
                ability(slim, SealRecipient.of(device)).or(() -> fetched(device, slim, bundle)));
  }

  private Optional<DesiredBundle.Ability> ability(
      DeviceStatus.Facts slim, SealRecipient recipient) {
    Sha256 key = facts.key(slim);
    return facts.facts(key, slim).map(known -> new DesiredBundle.Ability(key, known, recipient));
  }

  /**
   * Only when the table has been pushed out of memory by very many others. The facts may have
   * changed since: what they say now counts under a key of their own.
   */
  private Optional<DesiredBundle.Ability> fetched(
      Device device, DeviceStatus.Facts slim, PublishedBundle bundle) {
    if (Objects.equals(slim.systemCalls(), bundle.systemCalls())) {
      Key key = Key.of(device);
      Optional.ofNullable(
              client
                  .genericKubernetesResources(Writes.Kind.DEVICE_BUNDLE.context())
                  .inNamespace(key.namespace())
                  .withName(key.name())
                  .get())
          .ifPresent(it -> facts.keep(PublishedBundle.systemCalls(it)));
      return ability(slim, SealRecipient.of(device));
    }
    return Optional.ofNullable(client.resource(device).get())
        .flatMap(DeviceFields::facts)
        .filter(reported -> ReportLimits.check(reported).isEmpty())
        .map(facts::slim)
        .flatMap(it -> ability(it, SealRecipient.of(device)));
  }
}
