package dev.sandbar.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keeps slim copies: of ten thousand objects nobody can keep all that the server sends. */
final class SlimStore<T extends HasMetadata> implements ItemStore<T> {
  private final ConcurrentHashMap<String, T> items = new ConcurrentHashMap<>();
  private final UnaryOperator<T> slim;
  private final boolean whole;
  private final Consumer<T> removed;

  /**
   * Empty.
   *
   * @param whole whether a copy can stand for what was sent
   * @param removed is told of what is no longer there
   */
  SlimStore(UnaryOperator<T> slim, boolean whole, Consumer<T> removed) {
    this.slim = slim;
    this.whole = whole;
    this.removed = removed;
  }

  @Override
  public boolean isFullState() {
    return whole;
  }

  @Override
  public String getKey(T item) {
    return Cache.metaNamespaceKeyFunc(item);
  }

  @Override
  public @Nullable T put(String key, T item) {
    return items.put(key, slim.apply(item));
  }

  @Override
  public @Nullable T remove(String key) {
    T item = items.remove(key);
    if (item != null) {
      removed.accept(item);
    }
    return item;
  }

  @Override
  public Stream<String> keySet() {
    return items.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return items.values().stream();
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public @Nullable T get(String key) {
    return items.get(key);
  }
}
