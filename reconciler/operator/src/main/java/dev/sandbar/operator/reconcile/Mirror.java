package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.FirstList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all objects of a kind and keeps of each only what is needed to notice a change: what they
 * say is handed on and kept by whom it concerns. A watch that ends, or that is told that it is too
 * old, is begun anew by itself, with a list in pages.
 */
final class Mirror<T extends HasMetadata> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private final List<SharedIndexInformer<T>> informers = new ArrayList<>();
  private volatile boolean closed;

  /** What is called for objects; never concurrently for one object. */
  interface Listener<T> {
    /** There is an object, new or changed. */
    void present(T object);

    /** There is none any more. */
    void absent(T object);
  }

  private Mirror() {}

  /**
   * Follows; returns once all that there is has been handed on.
   *
   * @param namespaces empty means all
   * @param label that objects must have; empty means any
   * @param page objects that are asked for at once
   * @param form in which an object is kept
   * @param ended is called when following has ended for good
   */
  static <T extends HasMetadata, L extends KubernetesResourceList<T>> Mirror<T> of(
      MixedOperation<T, L, Resource<T>> operation,
      Set<String> namespaces,
      String label,
      long page,
      SlimStore.Form<T, ?> form,
      Listener<T> listener,
      Consumer<String> ended) {
    var mirror = new Mirror<T>();
    if (namespaces.isEmpty()) {
      FilterWatchListDeletable<T, L, Resource<T>> all = operation.inAnyNamespace();
      Void _ =
          mirror
              .follow(
                  label.isEmpty() ? all.withLimit(page) : all.withLabel(label).withLimit(page),
                  form,
                  listener,
                  ended)
              .join();
    }
    for (String namespace : namespaces) {
      var one = operation.inNamespace(namespace);
      // One after the other: the pages of many namespaces at once take more than memory has.
      Void _ =
          mirror
              .follow(
                  label.isEmpty() ? one.withLimit(page) : one.withLabel(label).withLimit(page),
                  form,
                  listener,
                  ended)
              .join();
    }
    return mirror;
  }

  private CompletableFuture<Void> follow(
      Informable<T> source,
      SlimStore.Form<T, ?> form,
      Listener<T> listener,
      Consumer<String> ended) {
    SharedIndexInformer<T> informer = source.runnableInformer(0);
    // Handed on at once, since what is kept is no longer what was sent.
    informer.itemStore(new SlimStore<>(form, false));
    // Nobody asks by namespace.
    informer.removeNamespaceIndex();
    informer.exceptionHandler((_, _) -> true);
    var first = new FirstList<>(new Handler<>(listener));
    informer.addEventHandler(first);
    informers.add(informer);
    CompletionStage<Void> _ =
        informer
            .stopped()
            .whenComplete(
                (_, failure) -> {
                  if (!closed) {
                    ended.accept(informer + " is no longer followed: " + failure);
                  }
                });
    CompletionStage<Void> _ = informer.start();
    return first.handedOn();
  }

  /** Whether everything is followed at this moment. */
  boolean isWatching() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  @Override
  public void close() {
    closed = true;
    informers.forEach(SharedIndexInformer::stop);
  }

  private record Handler<T extends HasMetadata>(Listener<T> listener)
      implements ResourceEventHandler<T> {

    @Override
    public void onAdd(T object) {
      tell(object, () -> listener.present(object));
    }

    @Override
    public void onUpdate(T before, T object) {
      if (!object
          .getMetadata()
          .getResourceVersion()
          .equals(before.getMetadata().getResourceVersion())) {
        tell(object, () -> listener.present(object));
      }
    }

    @Override
    public void onDelete(T object, boolean unknown) {
      tell(object, () -> listener.absent(object));
    }

    /** One object that cannot be understood must not keep the others back. */
    private void tell(T object, Runnable what) {
      try {
        what.run();
      } catch (RuntimeException e) {
        LOG.error("object={} kind={} failed={}", Key.of(object), object.getKind(), e.toString(), e);
      }
    }
  }
}
