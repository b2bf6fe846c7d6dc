package dev.sandbar.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of each object only what is needed of it, in a form of its own, and makes an object of it
 * again for whoever asks: of ten thousand objects nobody can keep all that the server sends, and
 * the mere frame of an object, without anything in it, is half a kilobyte.
 *
 * @param <T> kind of object
 * @param <K> what is kept of one
 */
public final class SlimStore<T extends HasMetadata, K> implements ItemStore<T> {
  private final ConcurrentHashMap<String, K> items = new ConcurrentHashMap<>();
  private final Form<T, K> form;
  private final boolean whole;

  /** What is kept, and what follows from it. */
  public interface Form<T, K> {
    /** Of an object that is new or changed. */
    K keep(T object);

    /** An object again, with all that was kept; the key is {@code namespace/name}. */
    T object(String key, K kept);

    /** What was kept is known to all from now on. */
    default void stored(K kept) {}

    /** It is no longer there. */
    default void removed(String key) {}
  }

  /**
   * Empty.
   *
   * @param whole whether what is kept can stand for what was sent
   */
  public SlimStore(Form<T, K> form, boolean whole) {
    this.form = form;
    this.whole = whole;
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
    K kept = form.keep(item);
    K before = items.put(key, kept);
    form.stored(kept);
    return object(key, before);
  }

  @Override
  public @Nullable T remove(String key) {
    K before = items.remove(key);
    Optional.ofNullable(before).ifPresent(_ -> form.removed(key));
    return object(key, before);
  }

  @Override
  public Stream<String> keySet() {
    return items.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return items.entrySet().stream().map(e -> form.object(e.getKey(), e.getValue()));
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public @Nullable T get(String key) {
    return object(key, items.get(key));
  }

  /** The store of the client has null for what is not there. */
  private @Nullable T object(String key, @Nullable K kept) {
    return Optional.ofNullable(kept).map(it -> form.object(key, it)).orElse(null);
  }

  /** All that is kept now. */
  Stream<K> kept() {
    return items.values().stream();
  }

  /** All keys of now. */
  Stream<Key> keys() {
    return items.keySet().stream().map(Key::parse);
  }
}
