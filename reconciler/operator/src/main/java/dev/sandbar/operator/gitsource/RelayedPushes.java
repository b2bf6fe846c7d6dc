package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.FirstList;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pushes that reach an operator that does not lead: it notifies the one that does by the annotation
 * by which anybody asks for a look. It watches the sources only to know their keys, and keeps no
 * more of them.
 */
final class RelayedPushes implements PushTarget, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RelayedPushes.class);

  private final Writes writes;
  private final Clock clock;
  private final Map<String, PushSource> sources = new ConcurrentHashMap<>();
  private final List<SharedIndexInformer<GenericKubernetesResource>> informers = new ArrayList<>();
  private final List<CompletableFuture<Void>> handedOn = new ArrayList<>();

  /**
   * Begins to watch, and does not wait for it.
   *
   * @param namespaces whose sources; empty for all
   */
  RelayedPushes(KubernetesClient client, Clock clock, Collection<String> namespaces) {
    this.writes = new Writes(client, ObjectNames.FIELD_MANAGER);
    this.clock = clock;
    informers.addAll(SourceObjects.informers(client, namespaces));
    for (var informer : informers) {
      var first = new FirstList<>(new Handler());
      handedOn.add(first.handedOn());
      informer.addEventHandler(first);
      var _ = informer.start();
    }
  }

  @Override
  public boolean isReady() {
    return handedOn.stream().allMatch(CompletableFuture::isDone);
  }

  @Override
  public Optional<PushSource> find(String namespace, String name) {
    return Optional.ofNullable(sources.get(namespace + "/" + name));
  }

  @Override
  public boolean look(String namespace, String name) {
    String now = clock.instant().toString();
    try {
      writes.merge(
          new Writes.Target(Writes.Kind.GIT_SOURCE, namespace, name),
          Map.of("metadata", Map.of("annotations", Map.of(ObjectNames.REQUESTED_AT, now))));
      return true;
    } catch (KubernetesClientException e) {
      LOG.warn(
          "source={}/{} action=webhook not passed on: {}", namespace, name, ApiFailure.message(e));
      return false;
    }
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::close);
    sources.clear();
  }

  private final class Handler implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource source) {
      take(source);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
      take(now);
    }

    @Override
    public void onDelete(GenericKubernetesResource source, boolean unknownFinalState) {
      sources.remove(source.getMetadata().getNamespace() + "/" + source.getMetadata().getName());
    }

    private void take(GenericKubernetesResource object) {
      SourceObjects.bounded(object)
          .map(PushSource::of)
          .ifPresent(source -> sources.put(source.namespace() + "/" + source.name(), source));
    }
  }
}
