package dev.sandbar.operator.publish;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.concurrent.CompletableFuture;

/**
 * Hands on what an informer sees, and knows when all that was there at first has been handed on.
 *
 * <p>The future of {@code SharedIndexInformer.start()} and {@code hasSynced()} say only that the
 * informer's own store is full: handlers are called on another thread, which may lag behind. Who
 * decides by what a handler has taken must wait for this instead, or takes the last of many objects
 * to be absent.
 */
public final class FirstList<T> implements ResourceEventHandler<T> {
  private final ResourceEventHandler<T> handler;
  private final CompletableFuture<Void> handedOn = new CompletableFuture<>();

  /** Hands on to the handler, on the thread that calls this. */
  public FirstList(ResourceEventHandler<T> handler) {
    this.handler = handler;
  }

  /** Completes, and only normally, once the handler has been given the whole first list. */
  public CompletableFuture<Void> handedOn() {
    return handedOn;
  }

  @Override
  public void onAdd(T object) {
    handler.onAdd(object);
  }

  @Override
  public void onUpdate(T before, T now) {
    handler.onUpdate(before, now);
  }

  @Override
  public void onDelete(T object, boolean unknownFinalState) {
    handler.onDelete(object, unknownFinalState);
  }

  /** Called after the objects of a list, on the same thread; of an empty one too. */
  @Override
  public void onList(String resourceVersion, boolean remainedEmpty) {
    handedOn.complete(null);
  }
}
